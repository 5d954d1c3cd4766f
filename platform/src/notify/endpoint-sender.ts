/**
 * Sends what waits for one endpoint: of each cluster one after the other, of several clusters at once. Each endpoint has its own, so that
 * one that is dead or slow delays no other.
 *
 * At least once: an attempt that was cut off before it was recorded is made again, under the same id.
 */
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { AttemptRow, NotifyStore, QueuedNotification } from '../store/notify-store.ts';
import { type DeliveryOutcome, describeOutcome } from './delivery-outcome.ts';
import type { Notification } from './notification.ts';
import type { Endpoint } from './parse-endpoints.ts';
import { longestWait, planDelivery, restAfter } from './plan-delivery.ts';
import { postNotification } from './post-notification.ts';
import { renderBody } from './render.ts';
import type { Resolve } from './system-resolver.ts';
import { parseSigningSecret, signedHeaders } from './sign.ts';

/** What it needs. */
export interface SenderOptions {
  readonly endpoint: Endpoint;
  readonly store: NotifyStore;
  readonly timing: Timing;
  readonly resolve: Resolve;
  /** Told when the endpoint has ended, with the reason; once for each time. */
  readonly onEnded: (endpoint: string, why: string) => void;
  /** Told of errors that are the platform's own fault, such as a store that cannot be written; it goes on a while later. */
  readonly onError: (error: unknown) => void;
}

/** So many clusters at once: a receiver that takes fifteen seconds for each would be hours behind after a bad night. */
const LANES = 4;
/** What is on its way is among the first due; behind it as much as can be started, and one that says how long to wait. */
const MOST_LOOKED_AT = 2 * LANES + 1;
/** Older than the schedule lasts: nobody wants to hear of it. */
const OLDEST_MS = 7 * 24 * 60 * 60_000;
/** After an error of our own. */
const PAUSE_MS = 5_000;
/** By less the clock is not set but drifts. */
const LEAST_STEP_MS = 1_000;

/** Sends to one endpoint. */
export class EndpointSender {
  readonly #options: SenderOptions;
  readonly #wakeUp: WakeUp;
  /** Somebody has woken it up since it began to look: what it sees may be older than that. */
  #isWoken = false;
  /** It was told that the endpoint has ended: what was on its way then may end it again. */
  #isEndTold = false;
  /** Until when the endpoint is left alone, in monotonic milliseconds. */
  #restsUntilMs = 0;
  /** How far the wall clock was ahead of the monotonic one. */
  #wallAheadMs: number;
  /** What is on its way, by cluster. */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(options: SenderOptions) {
    this.#options = options;
    const { clock } = options.timing;
    this.#wakeUp = new WakeUp(clock);
    this.#wallAheadMs = clock.now() - clock.monotonicMs();
  }

  /** Something was queued, or the endpoint may go on. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeUp.wake();
  }

  /** Lets an endpoint that ended go on; what has become too old meanwhile is dropped. */
  async reopen(): Promise<void> {
    const { endpoint, store, timing } = this.#options;
    await store.dropOld(endpoint.id, timing.clock.now() - OLDEST_MS, false);
    await store.reopen(endpoint.id);
    this.#isEndTold = false;
    this.wake();
  }

  /** Sends nothing until it is reopened; what is on its way arrives. */
  async disable(): Promise<void> {
    const { endpoint, store, timing } = this.#options;
    await store.end(endpoint.id, 'switched off on the page', timing.clock.now());
    this.#isEndTold = true;
  }

  /**
   * Sends messages beside the queue, each once and while the one before was taken, also to an endpoint that has ended. Says what came of the
   * last that was sent.
   */
  async test(messages: readonly [Notification, ...Notification[]], signal: AbortSignal): Promise<DeliveryOutcome> {
    const [first, ...others] = messages;
    let outcome = await this.#sendOnce(first, signal);
    for (const message of others) if (outcome.is === 'delivered') outcome = await this.#sendOnce(message, signal);
    return outcome;
  }

  /** Sends until the signal aborts; rejects with its reason, when nothing is on its way any more. */
  async run(signal: AbortSignal): Promise<never> {
    try {
      for (;;) {
        this.#isWoken = false;
        const waitMs = await this.#start(signal);
        signal.throwIfAborted();
        if (!this.#isWoken) await this.#wakeUp.wait(signal, waitMs);
      }
    } finally {
      await Promise.all(this.#lanes.values());
    }
  }

  async #sendOnce(notification: Notification, signal: AbortSignal): Promise<DeliveryOutcome> {
    const outcome = await this.#post(notification, signal);
    // It may have been removed meanwhile: nothing is remembered of an endpoint that is gone.
    signal.throwIfAborted();
    const row = this.#row(notification, 1, outcome);
    await this.#options.store.attempted({ ...row, queued: undefined, next: { type: 'done' }, ends: undefined });
    return outcome;
  }

  /** Starts what is due; how long nothing else will be, unless somebody wakes it up. */
  async #start(signal: AbortSignal): Promise<number> {
    const { endpoint, store, timing, onError } = this.#options;
    try {
      const { ended } = await store.endpoint(endpoint.id);
      if (ended !== '') return Infinity;
      const restMs = this.#restsUntilMs - timing.clock.monotonicMs();
      if (restMs > 0) return restMs;
      await this.#followClock();
      const nowMs = timing.clock.now();
      await store.dropOld(endpoint.id, nowMs - OLDEST_MS, true);
      const all = await store.heads(endpoint.id, MOST_LOOKED_AT);
      const heads = all.filter(({ notification }) => !this.#lanes.has(clusterOf(notification)));
      for (const head of heads.filter((one) => waitOf(one, nowMs) === 0).slice(0, LANES - this.#lanes.size)) {
        const cluster = clusterOf(head.notification);
        const lane = this.#deliver(head, signal).finally(() => {
          this.#lanes.delete(cluster);
          this.wake();
        });
        this.#lanes.set(cluster, lane);
      }
      if (this.#lanes.size >= LANES) return Infinity;
      return Math.min(...heads.map((head) => waitOf(head, nowMs)).filter((ms) => ms > 0));
    } catch (error) {
      signal.throwIfAborted();
      onError(error);
      return PAUSE_MS;
    }
  }

  /** Never rejects. */
  async #deliver(head: QueuedNotification, signal: AbortSignal): Promise<void> {
    const { timing, onError } = this.#options;
    const { clock } = timing;
    try {
      const outcome = await this.#post(head.notification, signal);
      this.#restsUntilMs = Math.max(this.#restsUntilMs, clock.monotonicMs() + restAfter(outcome));
      // However long the store cannot be written: what was taken would be sent again every few seconds meanwhile.
      while (!(await this.#record(head, outcome, signal))) await clock.sleep(PAUSE_MS, signal);
    } catch (error) {
      // Cut off, it is made again by the next process; else the same message would be sent again at once, for ever.
      if (signal.aborted) return;
      onError(error);
      await clock.sleep(PAUSE_MS, signal).catch(() => undefined);
    }
  }

  /** Records what came of an attempt; false: it could not, and whoever is told of errors is told. */
  async #record(head: QueuedNotification, outcome: DeliveryOutcome, signal: AbortSignal): Promise<boolean> {
    const { endpoint, store, timing, onEnded, onError } = this.#options;
    const { notification, key, firstTriedAtMs } = head;
    const attempt = head.attempts + 1;
    try {
      const { deliveredAtMs } = await store.endpoint(endpoint.id);
      const isEndpointAlive = firstTriedAtMs !== undefined && (deliveredAtMs ?? -Infinity) >= firstTriedAtMs;
      const nowMs = timing.clock.now();
      const plan = planDelivery({ attempt, outcome, nowMs, isEndpointAlive, random: timing.random() });
      await store.attempted({ ...this.#row(notification, attempt, outcome), queued: key, ...plan });
      if (plan.ends === undefined || this.#isEndTold) return true;
      this.#isEndTold = true;
      onEnded(endpoint.id, plan.ends);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      onError(error);
      return false;
    }
  }

  /** A clock that is set while this process runs moves what is planned with it: no wait becomes shorter or longer, and nothing older. */
  async #followClock(): Promise<void> {
    const { endpoint, store, timing } = this.#options;
    const aheadMs = timing.clock.now() - timing.clock.monotonicMs();
    const stepMs = Math.round(aheadMs - this.#wallAheadMs);
    if (Math.abs(stepMs) < LEAST_STEP_MS) return;
    await store.shift(endpoint.id, stepMs);
    this.#wallAheadMs = aheadMs;
  }

  async #post(notification: Notification, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { endpoint, timing, resolve } = this.#options;
    const { clock } = timing;
    const body = renderBody(endpoint.form, notification, endpoint.id);
    const timestampSeconds = Math.floor(clock.now() / 1000);
    const keys = endpoint.secrets.map((secret) => parseSigningSecret(secret.reveal()));
    const own = Object.fromEntries([...endpoint.headers].map(([name, value]) => [name, value.reveal()]));
    const headers = { ...own, ...signedHeaders({ id: notification.id, timestampSeconds, body }, keys) };
    const { timeoutMs, allowed, ca } = endpoint;
    const url = new URL(endpoint.url.reveal());
    return postNotification({ url, headers, body, timeoutMs, allowed, ca }, { clock, resolve }, signal);
  }

  #row(notification: Notification, attempt: number, outcome: DeliveryOutcome): Omit<AttemptRow, 'key'> {
    const { id, status, severity, cluster, summary } = notification;
    return {
      endpoint: this.#options.endpoint.id,
      message: id,
      cluster: cluster.id,
      title: `${status === 'resolved' ? 'resolved' : severity}: ${cluster.name}: ${summary}`,
      atMs: this.#options.timing.clock.now(),
      attempt,
      isDelivered: outcome.is === 'delivered',
      result: describeOutcome(outcome),
    };
  }
}

function clusterOf({ cluster }: Notification): string {
  return cluster.id;
}

/** How long it has to wait still. A clock that was set back before this process began must not hold anything for longer than it waits. */
function waitOf({ dueAtMs, attempts }: QueuedNotification, nowMs: number): number {
  const waitMs = Math.max(0, dueAtMs - nowMs);
  return waitMs > longestWait(attempts) ? 0 : waitMs;
}
