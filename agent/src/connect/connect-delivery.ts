import { CAUSE_WORDS } from '@castai/shared/verdict/cause-words.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { AgentHealth, OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { Verdict } from '@castai/shared/verdict/verdict.ts';
import type { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import type { Outbox } from '../batch/outbox.ts';
import type { AgentConfig } from '../config.ts';
import type { Delivery } from '../deliver/delivery.ts';
import type { DeltaFeed } from '../deliver/deltas/delta-feeds.ts';
import type { DeltasDependencies } from '../deliver/deltas/deltas-dependencies.ts';
import { Deltas } from '../deliver/deltas/deltas.ts';
import { WishPoll, type WishPollOptions } from '../deliver/deltas/wish-poll.ts';
import { Session, type SessionDependencies } from '../deliver/ingest/session.ts';
import { type OnAnswer, WireChoice, type WireMemory, type WireObserver } from '../deliver/wire-choice.ts';
import type { Wire } from '../deliver/wire-state.ts';
import { giveBackBodies } from '../feeds/body-slab.ts';
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
    readonly rest: WishPollOptions['rest'];
  };
  readonly outbox: Outbox;
  readonly leadership: Leadership;
  readonly registrar: Registrar;
  readonly specs: readonly FeedSpec[];
  readonly supervisor: Supervisor;
  readonly queue: SnapshotQueue;
  readonly observer: SessionDependencies['observer'] & DeltasDependencies['observer'] & WireObserver;
  readonly tally: SessionDependencies['tally'];
  readonly memory: DeltasDependencies['memory'];
  readonly wireMemory: WireMemory;
  readonly instanceId: string;
  readonly version: string;
  /** Undefined until the API server has been read. */
  readonly facts: () => ClusterFacts | undefined;
  /** How the agent is, which the platform is told. */
  readonly verdict: { readonly verdict: Verdict };
}

/** Between two deltas: what the public API's receivers have always got, and what they tell their users. */
const DELTA_INTERVAL_MS = 15_000;

/** Delivery for one term; `knownId` is the cluster's id, when the platform has just told it. */
export function connectDelivery(parts: DeliveryParts, knownId: string | undefined): Delivery {
  const { platformWire } = parts.config;
  if (platformWire !== 'auto') return connectWire(parts, platformWire, { knownId });
  const { platform, supervisor, outbox, memory, wireMemory, observer, clock } = parts;
  // Whoever led before has found out which wire is spoken, and has left where to go on with it.
  if (memory.point !== undefined) wireMemory.wire ??= 'agent-deltas';
  return new WireChoice({
    make: (wire, id, onAnswer) => connectWire(parts, wire, { knownId: id, onAnswer }),
    ask: (clusterId, signal) => platform.ingest.open(clusterId, describe(parts), signal),
    abandon: () => {
      supervisor.abandon();
      outbox.clear();
    },
    knownId,
    memory: wireMemory,
    observer,
    clock,
  });
}

interface WireStart {
  readonly knownId: string | undefined;
  readonly onAnswer?: OnAnswer;
}

function connectWire(parts: DeliveryParts, wire: Wire, { knownId, onAnswer }: WireStart): Delivery {
  const { leadership, registrar } = parts;
  const common = {
    mandate: leadership,
    register: (signal: AbortSignal) => registrar.register(signal),
    ...(knownId === undefined ? {} : { knownId }),
    ...(onAnswer === undefined ? {} : { onAnswer }),
  };
  return wire === 'agent-deltas' ? connectDeltas(parts, common) : connectIngest(parts, common);
}

type Common = Pick<SessionDependencies, 'mandate' | 'register' | 'knownId' | 'onAnswer'>;

/** What an open says of the agent. */
function describe({ instanceId, version, facts, supervisor, leadership }: DeliveryParts): OpenRequest {
  return {
    instanceId,
    clusterUid: facts()?.clusterUid ?? '',
    agentVersion: version,
    kubernetesVersion: facts()?.kubernetesVersion ?? '',
    feeds: supervisor.feeds,
    encodings: ['JSON'],
    ...(leadership.evidence === undefined ? {} : { lease: leadership.evidence }),
  };
}

function connectIngest(parts: DeliveryParts, common: Common): Session {
  const { platform, outbox, supervisor, queue, observer, tally, clock, random } = parts;
  return new Session({
    ...common,
    transport: platform.ingest,
    health: () => healthOf(parts.verdict.verdict),
    onPacked: giveBackBodies,
    outbox,
    feeds: {
      describe: () => describe(parts),
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

/** Our own words only: what a server or a webhook has said names objects, Services and people, and stays on the pages of the pod. */
function healthOf({ state, cause, since }: Verdict): AgentHealth {
  const reason = cause === '' ? '' : CAUSE_WORDS[cause].began;
  return { state, cause, reason, sinceMs: Date.parse(since) };
}

function connectDeltas(parts: DeliveryParts, common: Common): Deltas {
  const { platform, outbox, supervisor, queue, observer, memory, clock, random } = parts;
  return new Deltas({
    ...common,
    transport: platform.deltas,
    outbox,
    about: () => ({ kubernetesVersion: parts.facts()?.kubernetesVersion ?? '', agentVersion: parts.version }),
    feeds: {
      list: () => listFeeds(parts),
      adopt: (resume) => supervisor.adopt({ resume }),
      abandon: () => supervisor.abandon(),
      used: giveBackBodies,
      onRoom: () => queue.poke(),
    },
    observer,
    memory,
    wishes: new WishPoll({ rest: platform.rest, agentVersion: parts.version, clock, random }),
    intervalMs: DELTA_INTERVAL_MS,
    clock,
    random,
  });
}

/** The supervisor tells what each feed offers and how it is, in the order of the specs. */
function listFeeds({ supervisor, specs }: DeliveryParts): DeltaFeed[] {
  const statuses = supervisor.status;
  const feeds: DeltaFeed[] = [];
  for (const [index, { id, group, version, kind, scrubVersion }] of supervisor.feeds.entries()) {
    const [spec, status] = [specs[index], statuses[index]];
    if (spec === undefined || status === undefined) continue;
    const shape = `${version}/${scrubVersion}`;
    const { name, mode, isExtra } = spec;
    const [isPolled, isBarred] = [mode === 'poll', supervisor.isBarred(id)];
    feeds.push({ id, name, group, version, kind, isExtra, isPolled, isBarred, shape, status });
  }
  return feeds;
}
