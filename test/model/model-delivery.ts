import type { Outbox } from '@castai/agent/batch/outbox.ts';
import type { Delivery } from '@castai/agent/deliver/delivery.ts';
import type { DeltaMemory, DeltaPoint } from '@castai/agent/deliver/deltas/delta-memory.ts';
import { Deltas } from '@castai/agent/deliver/deltas/deltas.ts';
import type { WishListener } from '@castai/agent/deliver/deltas/wish-poll.ts';
import { BatchTally } from '@castai/agent/deliver/ingest/batch-tally.ts';
import { Session, type SessionDependencies } from '@castai/agent/deliver/ingest/session.ts';
import { giveBackBody } from '@castai/agent/feeds/body-slab.ts';
import type { FeedSpec } from '@castai/agent/feeds/feeds.ts';
import type { Supervisor } from '@castai/agent/feeds/supervisor.ts';
import type { Clock } from '@castai/shared/async/clock.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import type { SnapshotQueue } from '@castai/shared/watch/snapshot-queue.ts';
import type { Entry } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { ModelDeltas } from './model-deltas.ts';
import { givenUpKey, type ModelPlatform } from './model-platform.ts';
import type { ModelProcess } from './model-process.ts';

/** The platform of the model, on either wire. */
export type ModelReceiver = ModelPlatform | ModelDeltas;

/** What a delivery of the model stands between, put together as `connect-delivery.ts` does. */
export interface ModelDeliveryParts {
  readonly name: string;
  readonly process: ModelProcess;
  readonly platform: ModelReceiver;
  readonly memory: DeltaMemory;
  readonly outbox: Outbox;
  readonly supervisor: Supervisor;
  readonly specs: readonly FeedSpec[];
  readonly queue: SnapshotQueue;
  readonly leadership: Leadership;
  /** That of the world: a registration goes on while the process is stopped. */
  readonly worldClock: Clock;
  readonly random: SeededRandom;
  /** When a batch is full, in bytes; that of the program unless told. */
  readonly readyBytes?: number;
}

/** Batches of an object or two, so that a schedule of a few steps sees many. */
const ANY_LIMIT = { least: 0, most: Infinity };
const ANY_LIMITS = { maxBatchBytes: ANY_LIMIT, heartbeatMs: ANY_LIMIT, minBatchIntervalMs: ANY_LIMIT };
const WISH_MS = 15_000;

/** Makes the deliveries of one agent, one for each term. */
export function modelDeliveries(parts: ModelDeliveryParts): () => Delivery {
  const tally = new BatchTally();
  const { platform } = parts;
  return () =>
    platform instanceof ModelDeltas ? createDeltas(parts, platform) : createSession(parts, platform, tally);
}

function createSession(parts: ModelDeliveryParts, platform: ModelPlatform, tally: BatchTally): Session {
  const { name, process, outbox, supervisor, queue, leadership, readyBytes } = parts;
  return new Session({
    ...commonOf(parts),
    transport: {
      open: (id, request, signal) => process.hear(platform.open(id, request, signal)),
      prepare: (batch, onPacked) => platform.prepare(batch, onPacked),
      unpack: (prepared) => platform.unpack(prepared),
      send: (id, batch, signal) => process.hear(platform.send(id, batch, signal)),
    },
    outbox,
    limitBounds: ANY_LIMITS,
    onPacked: giveBack,
    ...(readyBytes === undefined ? {} : { readyBytes }),
    feeds: {
      describe: () => ({
        instanceId: name,
        clusterUid: 'model',
        agentVersion: '1',
        kubernetesVersion: '1',
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
    observer: {
      ...DEAF,
      onOpened: () => {},
      onOpenRefused: () => {},
      onLimitsClamped: () => {},
      onRejected: () => {},
      onOffersAnswered: () => {},
    },
    tally,
  });
}

function createDeltas(parts: ModelDeliveryParts, platform: ModelDeltas): Deltas {
  const { process, outbox, supervisor, specs, queue, memory } = parts;
  return new Deltas({
    ...commonOf(parts),
    transport: {
      prepare: (body) => platform.prepare(body),
      send: (request, prepared, signal) => process.hear(platform.send(request, prepared, signal)),
      stream: (request, signal) => {
        const stream = platform.stream(request, signal);
        return Object.assign(Object.create(stream) as typeof stream, { outcome: process.hear(stream.outcome) });
      },
    },
    outbox,
    about: () => ({ kubernetesVersion: '1.0.0', agentVersion: '1' }),
    feeds: {
      list: () =>
        supervisor.feeds.flatMap(({ id, group, version, kind, scrubVersion }, index) => {
          const [spec, status] = [specs[index], supervisor.status[index]];
          if (spec === undefined || status === undefined) return [];
          const shape = `${version}/${String(scrubVersion)}`;
          const isBarred = supervisor.isBarred(id);
          return [
            { id, name: spec.name, group, version, kind, isPolled: spec.mode === 'poll', shape, isBarred, status },
          ];
        }),
      adopt: (resume) => supervisor.adopt({ resume }),
      abandon: () => supervisor.abandon(),
      used: giveBack,
      onRoom: () => queue.poke(),
    },
    observer: {
      ...DEAF,
      onDropped: (entry) => {
        if ('uid' in entry) platform.givenUp.add(givenUpKey(specs[entry.feedId - 1]?.resource ?? '', entry.uid));
      },
      onFullSnapshot: () => {},
      onResumed: () => {},
      onPointIgnored: () => {},
    },
    memory,
    wishes: { run: (listener, signal) => askForWishes(platform, listener, { clock: process.clock, signal }) },
    intervalMs: WISH_MS,
  });
}

type Common = 'mandate' | 'register' | 'clock' | 'random';

function commonOf({
  process,
  platform,
  leadership,
  random,
  worldClock,
}: ModelDeliveryParts): Pick<SessionDependencies, Common> {
  return {
    mandate: leadership,
    register: (signal) => process.hear(worldClock.sleep(random.integer(platform.linkMs), signal).then(() => 'cluster')),
    clock: process.clock,
    random: random.next,
  };
}

const DEAF = { onAttempt: () => {}, onRefused: () => {}, onConfirmed: () => {}, onDropped: () => {} };

function giveBack(entries: readonly Entry[]): void {
  for (const entry of entries) if (entry.type === 'upsert') giveBackBody(entry.body);
}

async function askForWishes(
  platform: ModelDeltas,
  listener: WishListener,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<never> {
  for (;;) {
    listener.onAsked();
    const resync = platform.wantsAll;
    await clock.sleep(200, signal);
    listener.onWishes({ resync });
    await clock.sleep(WISH_MS, signal);
  }
}

/** What is written beside the Lease, by all agents of a world. */
export interface ModelNote {
  written: { readonly by: string; readonly point: DeltaPoint | undefined };
}

/** Where one agent of the model goes on: as it knows itself, unless another one has written since. What it writes may be lost. */
export class ModelMemory implements DeltaMemory {
  readonly #name: string;
  readonly #note: ModelNote;
  readonly #random: SeededRandom;
  #own: DeltaPoint | undefined;

  constructor(name: string, note: ModelNote, random: SeededRandom) {
    this.#name = name;
    this.#note = note;
    this.#random = random;
  }

  get point(): DeltaPoint | undefined {
    const { by, point } = this.#note.written;
    return by === this.#name ? this.#own : point;
  }

  async recall(): Promise<void> {}

  async flush(): Promise<void> {}

  remember(point: DeltaPoint): void {
    this.#write(point);
  }

  forget(): void {
    this.#write(undefined);
  }

  /** A renewal that carries it comes in time, or the process is killed before. */
  #write(point: DeltaPoint | undefined): void {
    this.#own = point;
    if (this.#random.chance(0.8)) this.#note.written = { by: this.#name, point };
  }
}
