import type { Clock } from '@castai/shared/async/clock.ts';
import { DELTA_TAIL, encodeHead, encodeItems } from '@castai/shared/wire/deltas/deltas-wire.ts';
import type { DeltaStream, DeltasTransport } from '@castai/shared/wire/deltas/deltas-transport.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import type { DeltasCommand, DeltasInput } from './deltas-signals.ts';

/** What the calls need. */
export interface DeltaCallsOptions {
  readonly transport: DeltasTransport;
  readonly mandate: Pick<Leadership, 'isHeld' | 'challenge'>;
  /** Id of the cluster, if it has just been registered. */
  readonly knownId?: string;
  /** Resolves with the id of the cluster; retries for ever by itself. */
  readonly register: (signal: AbortSignal) => Promise<string>;
  /** What a request says of cluster and agent. */
  readonly about: () => { readonly kubernetesVersion: string; readonly agentVersion: string };
  readonly observer: Pick<DeliveryObserver, 'onAttempt'>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/**
 * The calls of the second wire, each answered with what happened in the words of the machine. Before each the right to send is looked
 * at: without it nothing is sent, and there is no answer, because whoever gave the right ends the delivery then.
 */
export class DeltaCalls {
  readonly #options: DeltaCallsOptions;
  #clusterId = '';

  constructor(options: DeltaCallsOptions) {
    this.#options = options;
  }

  /** Empty before the cluster is registered. */
  get clusterId(): string {
    return this.#clusterId;
  }

  /** Whether this replica may send. */
  get mayGoOn(): boolean {
    return this.#options.mandate.isHeld();
  }

  /** Learns the id of the cluster. */
  async register(signal: AbortSignal): Promise<void> {
    const { register, knownId } = this.#options;
    // Once: should the platform not know it any more, it is registered again.
    this.#clusterId = this.#clusterId === '' && knownId !== undefined ? knownId : await register(signal);
  }

  /** One attempt at handing over a delta. */
  async send(
    { token, items }: Extract<DeltasCommand, { type: 'prepare' }>,
    signal: AbortSignal,
  ): Promise<DeltasInput | undefined> {
    const { transport } = this.#options;
    const body = Buffer.concat([this.head(false), encodeItems(items, true), DELTA_TAIL]);
    const prepared = await transport.prepare(body);
    if (signal.aborted || !this.mayGoOn) return undefined;
    const startedAtMs = this.#options.clock.monotonicMs();
    const outcome = await transport.send({ clusterId: this.#clusterId, token }, prepared, signal);
    this.#tell(outcome, { startedAtMs, bytes: prepared.bytes.length, entries: items.length });
    return outcome.ok
      ? { type: 'accepted', token: outcome.value.token }
      : { type: 'refused', verdict: outcome.verdict };
  }

  /** Begins a full snapshot; undefined without the right to send. */
  stream(token: string, signal: AbortSignal): DeltaStream | undefined {
    if (!this.mayGoOn) return undefined;
    return this.#options.transport.stream({ clusterId: this.#clusterId, token }, signal);
  }

  /** What became of a stream, and how many items it has by then; undefined when it was given up, which is what its `signal` says. */
  async outcomeOf(
    { stream, items }: { readonly stream: DeltaStream; readonly items: () => number },
    signal: AbortSignal,
  ): Promise<DeltasInput | undefined> {
    const startedAtMs = this.#options.clock.monotonicMs();
    try {
      const outcome = await stream.outcome;
      this.#tell(outcome, { startedAtMs, bytes: stream.bytes, entries: items() });
      return outcome.ok
        ? { type: 'accepted', token: outcome.value.token }
        : { type: 'refused', verdict: outcome.verdict };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  /** The beginning of a document. */
  head(isFullSnapshot: boolean): Uint8Array {
    return encodeHead({ clusterId: this.#clusterId, isFullSnapshot, ...this.#options.about() });
  }

  /** Asks who gave the right to send whether it still stands. */
  async prove(): Promise<DeltasInput> {
    await this.#options.mandate.challenge({ seenTransitions: undefined });
    return { type: 'proven' };
  }

  #tell(
    outcome: Awaited<DeltaStream['outcome']>,
    { startedAtMs, ...sizes }: { startedAtMs: number; bytes: number; entries: number },
  ): void {
    const { observer, clock } = this.#options;
    const verdict = outcome.ok ? 'OK' : outcome.verdict.kind;
    observer.onAttempt({ verdict, durationMs: clock.monotonicMs() - startedAtMs, ...sizes });
  }
}
