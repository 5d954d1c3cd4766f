/**
 * Looks at every cluster now and then, and has whoever is configured told of what it comes to.
 *
 * A step of an episode and its messages are one call of the store, and the episode goes on in memory only after it: what could not be kept
 * is decided anew at the next look.
 */
import { randomUUID } from 'node:crypto';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { ClusterRow } from '../store/cluster-row.ts';
import type { EndpointRow } from '../store/notify-store.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { type Observation, type Trouble, TROUBLES } from './condition.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';
import { EndpointBook } from './endpoint-book.ts';
import { EndpointSenders } from './endpoint-senders.ts';
import {
  type EpisodeCommand,
  episodeFrom,
  type EpisodePolicy,
  type EpisodeState,
  stepEpisode,
} from './episode-state.ts';
import { type Notification, notificationOf, testEnd, testNotification } from './notification.ts';
import { connectionOf, type LookTimes, observeAgent, observeConnection, observeContinuity } from './observe-cluster.ts';
import type { Endpoint, NotifyConfig } from './parse-endpoints.ts';
import { type ReadTrouble, readTroubles, type TroubleSources, whileThere } from './read-troubles.ts';
import { type Resolve, resolveBySystem } from './system-resolver.ts';

/** What it needs. */
export interface NotifierOptions {
  readonly config: NotifyConfig;
  readonly store: Pick<PlatformStore, 'clusters' | 'feeds' | 'objectsAfter' | 'reports' | 'notify'>;
  readonly timing: Timing;
  readonly heartbeatMs: () => number;
  /** Missing: nobody asks for actions here. */
  readonly controllerPoll?: TroubleSources['controllerPoll'];
  /** The system's, unless told. */
  readonly resolve?: Resolve;
  /** Told when an endpoint has ended, and why. */
  readonly onEnded: (endpoint: string, why: string) => void;
  /** Told of errors that are the platform's own fault; it goes on. */
  readonly onError: (error: unknown) => void;
}

/** From look to look: less than a machine of episodes lets a look stand for. */
const LOOK_MS = 5_000;
/** Reports and objects are read so often: what they tell is no matter of seconds, and each cluster has hundreds. */
const READ_MS = 60_000;

/** Longer than an operator may have set, ms: a node or a pod that comes is for minutes without being ready, as the alerts know too. */
const LEAST_HOLD_MS: Readonly<Partial<Record<Trouble, number>>> = {
  'daemon-sets': 15 * 60_000,
  controller: 15 * 60_000,
  evictor: 15 * 60_000,
};

interface Followed {
  readonly states: Map<Trouble, EpisodeState>;
  read: { readonly atMs: number; readonly seen: Readonly<Record<ReadTrouble, Observation>> } | undefined;
}

/** Tells. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #senders: EndpointSenders;
  readonly #book: EndpointBook;
  readonly #followed = new Map<string, Followed>();
  readonly #listeningSinceMs: number;
  #isRestored = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#listeningSinceMs = options.timing.clock.now();
    const { config, store, timing, onEnded, onError, resolve = resolveBySystem } = options;
    this.#senders = new EndpointSenders({ store: store.notify, timing, resolve, onEnded, onError });
    for (const endpoint of config.endpoints) void this.#senders.put(endpoint);
    this.#book = new EndpointBook({ store: store.notify, senders: this.#senders, rules: config.page, onError });
  }

  /** Whoever is told: those of the file, then those of the page. */
  get endpoints(): readonly Endpoint[] {
    return this.#senders.endpoints;
  }

  /** Those that are made on the page. */
  get book(): EndpointBook {
    return this.#book;
  }

  /** How each of them is. */
  async rows(): Promise<EndpointRow[]> {
    return Promise.all(this.endpoints.map(({ id }) => this.#options.store.notify.endpoint(id)));
  }

  /** Whether there is such an endpoint. */
  has(id: string): boolean {
    return this.#senders.get(id) !== undefined;
  }

  /** Sends a sample and its end to an endpoint and says what came of it; `undefined`: there is no such endpoint. */
  async test(id: string, signal: AbortSignal): Promise<DeliveryOutcome | undefined> {
    const { clock } = this.#options.timing;
    const sample = testNotification(randomUUID().replaceAll('-', ''), clock.now());
    return this.#senders.test(id, [sample, testEnd(sample)], signal);
  }

  /** Lets an endpoint that has ended go on; false: there is no such endpoint. */
  async reopen(id: string): Promise<boolean> {
    const sender = this.#senders.get(id);
    await sender?.reopen();
    return sender !== undefined;
  }

  /** Sends nothing to an endpoint until it is reopened, what waits stays; false: there is no such endpoint. */
  async disable(id: string): Promise<boolean> {
    const sender = this.#senders.get(id);
    await sender?.disable();
    return sender !== undefined;
  }

  /** Looks and sends until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const senders = this.#senders.run(signal);
    try {
      await Promise.all([this.#look(signal), senders]);
    } finally {
      await Promise.allSettled([senders]);
    }
    throw signal.reason;
  }

  /** Looks once at every cluster. Throws what the store throws; of one cluster when all the others were looked at. */
  async look(): Promise<void> {
    await this.#restore();
    const clusters = await this.#options.store.clusters();
    const failed: unknown[] = [];
    for (const row of clusters) await this.#lookAt(row).catch((error: unknown) => failed.push(error));
    const known = new Set(clusters.map(({ id }) => id));
    for (const id of this.#followed.keys()) if (!known.has(id)) this.#followed.delete(id);
    // The store fails of all of them alike, or of the first in a way that says enough.
    if (failed.length > 0) throw failed[0];
  }

  async #look(signal: AbortSignal): Promise<never> {
    const { timing, onError } = this.#options;
    for (;;) {
      await this.look().catch(onError);
      await timing.clock.sleep(LOOK_MS, signal);
    }
  }

  /** What an earlier process has told of and not seen the end of. */
  async #restore(): Promise<void> {
    if (this.#isRestored) return;
    for (const { cluster, trouble, episode } of await this.#options.store.notify.openEpisodes()) {
      this.#of(cluster).states.set(trouble, episodeFrom(episode));
    }
    this.#isRestored = true;
  }

  async #lookAt(row: ClusterRow): Promise<void> {
    const { timing, config } = this.#options;
    const { states } = this.#of(row.id);
    const nowMs = timing.clock.now();
    const seen = await this.#observe(row, nowMs);
    for (const trouble of TROUBLES) {
      const state = states.get(trouble) ?? episodeFrom(undefined);
      const step = stepEpisode(state, { nowMs, observation: seen[trouble] }, policyOf(trouble, config.policy));
      for (const command of step.commands) await this.#tell(row, trouble, command);
      states.set(trouble, step.state);
    }
  }

  async #observe(row: ClusterRow, nowMs: number): Promise<Readonly<Record<Trouble, Observation>>> {
    const times: LookTimes = {
      nowMs,
      heartbeatMs: this.#options.heartbeatMs(),
      listeningSinceMs: this.#listeningSinceMs,
    };
    return {
      connection: observeConnection(row, times),
      agent: observeAgent(row, times),
      continuity: observeContinuity(row),
      ...whileThere(await this.#read(row, times), connectionOf(row, times)),
    };
  }

  async #read(row: ClusterRow, times: LookTimes): Promise<Readonly<Record<ReadTrouble, Observation>>> {
    const followed = this.#of(row.id);
    const { nowMs } = times;
    if (followed.read !== undefined && Math.abs(nowMs - followed.read.atMs) < READ_MS) return followed.read.seen;
    const { store, controllerPoll = () => undefined } = this.#options;
    const seen = await readTroubles({ store, controllerPoll }, row, times);
    followed.read = { atMs: nowMs, seen };
    return seen;
  }

  async #tell(row: ClusterRow, trouble: Trouble, command: EpisodeCommand): Promise<void> {
    const { timing, store } = this.#options;
    const nowMs = timing.clock.now();
    const notification = notificationOf(command, { cluster: row, trouble }, nowMs);
    const endpoints = this.endpoints.filter((endpoint) => wants(endpoint, notification)).map(({ id }) => id);
    const episode = command.type === 'fire' ? command.episode : undefined;
    await store.notify.tell({ cluster: row.id, trouble, episode, notification, endpoints, atMs: nowMs });
    for (const id of endpoints) this.#senders.get(id)?.wake();
  }

  #of(cluster: string): Followed {
    const followed = this.#followed.get(cluster) ?? { states: new Map(), read: undefined };
    this.#followed.set(cluster, followed);
    return followed;
  }
}

function policyOf(trouble: Trouble, policy: EpisodePolicy): EpisodePolicy {
  return { ...policy, forMs: Math.max(policy.forMs, LEAST_HOLD_MS[trouble] ?? 0) };
}

/** Whoever was told of an episode in any of its severities hears of its end. */
export function wants(
  { troubles, severities }: Pick<Endpoint, 'troubles' | 'severities'>,
  told: Notification,
): boolean {
  const worth = told.status === 'resolved' ? told.toldBefore : [told.severity];
  return troubles.includes(told.trouble) && worth.some((severity) => severities.includes(severity));
}
