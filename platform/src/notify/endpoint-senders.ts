/** A sender for each endpoint, which come and go while the others send. */
import type { Timing } from '@castai/shared/async/timing.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';
import { EndpointSender, type SenderOptions } from './endpoint-sender.ts';
import type { Notification } from './notification.ts';
import type { Endpoint } from './parse-endpoints.ts';

/** What each of them needs. */
export type SendersOptions = Omit<SenderOptions, 'endpoint'> & { readonly timing: Timing };

interface Running {
  readonly endpoint: Endpoint;
  readonly sender: EndpointSender;
  /** Ends it alone. */
  readonly end: AbortController;
  /** When it has ended; `undefined`: it was not started. */
  ended: Promise<void> | undefined;
}

const CHANGED = 'the endpoint was changed meanwhile';

/** The senders. */
export class EndpointSenders {
  readonly #options: SendersOptions;
  readonly #running = new Map<string, Running>();
  /** While they send. */
  #signal: AbortSignal | undefined;

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  /** Whoever is told, in the order in which they came. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#running.values()].map(({ endpoint }) => endpoint);
  }

  /** The sender of an endpoint; `undefined`: there is no such endpoint. */
  get(id: string): EndpointSender | undefined {
    return this.#running.get(id)?.sender;
  }

  /** Sends messages to one beside its queue, until it is changed or removed; `undefined`: there is no such endpoint. */
  async test(
    id: string,
    messages: readonly [Notification, ...Notification[]],
    signal: AbortSignal,
  ): Promise<DeliveryOutcome | undefined> {
    const one = this.#running.get(id);
    if (one === undefined) return undefined;
    try {
      return await one.sender.test(messages, AbortSignal.any([signal, one.end.signal]));
    } catch (error) {
      if (one.end.signal.aborted && !signal.aborted) return { is: 'failed', why: CHANGED };
      throw error;
    }
  }

  /** Adds an endpoint, or puts it in place of the one of this name: what that had on its way is sent again as the new one says. */
  async put(endpoint: Endpoint): Promise<void> {
    const before = this.#running.get(endpoint.id);
    const sender = new EndpointSender({ ...this.#options, endpoint });
    const added: Running = { endpoint, sender, end: new AbortController(), ended: undefined };
    this.#running.set(endpoint.id, added);
    await stop(before);
    // Meanwhile it may have been replaced again.
    if (this.#running.get(endpoint.id) === added) this.#start(added);
  }

  /** Takes an endpoint away; resolves when nothing is on its way to it. */
  async remove(id: string): Promise<void> {
    const before = this.#running.get(id);
    this.#running.delete(id);
    await stop(before);
  }

  /** Sends until the signal aborts; rejects with its reason, when nothing is on its way any more. */
  async run(signal: AbortSignal): Promise<never> {
    this.#signal = signal;
    for (const one of this.#running.values()) this.#start(one);
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) resolve();
    await promise;
    await Promise.all([...this.#running.values()].map(async ({ ended }) => ended));
    throw signal.reason;
  }

  #start(one: Running): void {
    if (this.#signal === undefined || this.#signal.aborted || one.ended !== undefined) return;
    const signal = AbortSignal.any([this.#signal, one.end.signal]);
    one.ended = one.sender.run(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#options.onError(error);
    });
  }
}

async function stop(one: Running | undefined): Promise<void> {
  one?.end.abort(new Error(CHANGED));
  await one?.ended;
}
