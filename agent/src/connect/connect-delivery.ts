import type { Timing } from '@castai/shared/async/timing.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { AgentConfig } from '../config.ts';
import type { Delivery } from '../deliver/delivery.ts';
import type { DeltaFeed } from '../deliver/deltas/delta-feeds.ts';
import { Deltas, type DeltasDependencies } from '../deliver/deltas/deltas.ts';
import { Session, type SessionDependencies } from '../deliver/ingest/session.ts';
import type { FeedSpec } from '../feeds/feeds.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { ClusterFacts } from '../identity/cluster-facts.ts';
import type { Registrar } from '../identity/registrar.ts';

/** What delivery stands between. */
export interface DeliveryParts extends Timing {
  readonly config: Pick<AgentConfig, 'platformWire'>;
  readonly platform: {
    readonly ingest: SessionDependencies['transport'];
    readonly deltas: DeltasDependencies['transport'];
  };
  readonly outbox: Outbox;
  readonly leadership: Leadership;
  readonly registrar: Registrar;
  readonly specs: readonly FeedSpec[];
  readonly supervisor: Supervisor;
  readonly queue: SnapshotQueue;
  readonly observer: SessionDependencies['observer'] & DeltasDependencies['observer'];
  readonly tally: SessionDependencies['tally'];
  readonly memory: DeltasDependencies['memory'];
  readonly instanceId: string;
  readonly version: string;
  /** Undefined until the API server has been read. */
  readonly facts: () => ClusterFacts | undefined;
}

/** Between two deltas: what the public API's receivers have always got, and what they tell their users. */
const DELTA_INTERVAL_MS = 15_000;

/** Delivery for one term; `knownId` is the cluster's id, when the platform has just told it. */
export function connectDelivery(parts: DeliveryParts, knownId: string | undefined): Delivery {
  return parts.config.platformWire === 'agent-deltas' ? connectDeltas(parts, knownId) : connectIngest(parts, knownId);
}

function connectIngest(parts: DeliveryParts, knownId: string | undefined): Session {
  const { platform, outbox, leadership, registrar, supervisor, queue, observer, tally, clock, random } = parts;
  return new Session({
    transport: platform.ingest,
    outbox,
    mandate: leadership,
    register: (signal) => registrar.register(signal),
    ...(knownId === undefined ? {} : { knownId }),
    feeds: {
      describe: () => ({
        instanceId: parts.instanceId,
        clusterUid: parts.facts()?.clusterUid ?? '',
        agentVersion: parts.version,
        kubernetesVersion: parts.facts()?.kubernetesVersion ?? '',
        feeds: supervisor.feeds,
        encodings: ['JSON'],
        ...(leadership.evidence === undefined ? {} : { lease: leadership.evidence }),
      }),
      adopt: (response) => supervisor.adopt(response),
      abandon: () => supervisor.abandon(),
      resync: (feedIds) => supervisor.resync(feedIds),
      setAside: (feedId, reason) => supervisor.setAside(feedId, reason),
      onRoom: () => queue.poke(),
    },
    observer,
    tally,
    clock,
    random,
  });
}

function connectDeltas(parts: DeliveryParts, knownId: string | undefined): Deltas {
  const { platform, outbox, leadership, registrar, supervisor, queue, observer, memory, clock, random } = parts;
  return new Deltas({
    transport: platform.deltas,
    outbox,
    mandate: leadership,
    register: (signal) => registrar.register(signal),
    ...(knownId === undefined ? {} : { knownId }),
    about: () => ({ kubernetesVersion: parts.facts()?.kubernetesVersion ?? '', agentVersion: parts.version }),
    feeds: {
      list: () => listFeeds(parts),
      adopt: (resume) => supervisor.adopt({ resume }),
      abandon: () => supervisor.abandon(),
      onRoom: () => queue.poke(),
    },
    observer,
    memory,
    intervalMs: DELTA_INTERVAL_MS,
    clock,
    random,
  });
}

/** The supervisor tells what each feed offers and how it is, in the order of the specs. */
function listFeeds({ supervisor, specs }: DeliveryParts): DeltaFeed[] {
  const statuses = supervisor.status;
  const feeds: DeltaFeed[] = [];
  for (const [index, { id, group, version, kind }] of supervisor.feeds.entries()) {
    const [spec, status] = [specs[index], statuses[index]];
    if (spec === undefined || status === undefined) continue;
    feeds.push({ id, name: spec.name, group, version, kind, isPolled: spec.mode === 'poll', status });
  }
  return feeds;
}
