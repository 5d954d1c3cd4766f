import type { Timing } from '@castai/shared/async/timing.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { Delivery } from '../deliver/delivery.ts';
import { Session, type SessionDependencies } from '../deliver/ingest/session.ts';
import type { Supervisor } from '../feeds/supervisor.ts';
import type { ClusterFacts } from '../identity/cluster-facts.ts';
import type { Registrar } from '../identity/registrar.ts';

/** What delivery stands between. */
export interface DeliveryParts extends Timing {
  readonly transport: SessionDependencies['transport'];
  readonly outbox: Outbox;
  readonly leadership: Leadership;
  readonly registrar: Registrar;
  readonly supervisor: Supervisor;
  readonly queue: SnapshotQueue;
  readonly observer: SessionDependencies['observer'];
  readonly tally: SessionDependencies['tally'];
  readonly instanceId: string;
  readonly version: string;
  /** Undefined until the API server has been read. */
  readonly facts: () => ClusterFacts | undefined;
}

/** Delivery for one term; `knownId` is the cluster's id, when the platform has just told it. */
export function connectDelivery(parts: DeliveryParts, knownId: string | undefined): Delivery {
  const { transport, outbox, leadership, registrar, supervisor, queue, observer, tally, clock, random } = parts;
  return new Session({
    transport,
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
