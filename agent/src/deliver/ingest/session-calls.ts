import type { Clock } from '@castai/shared/async/clock.ts';
import { must } from '@castai/shared/errors.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { AgentHealth, OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { IngestTransport, PreparedBatch } from '@castai/shared/wire/ingest/ingest-transport.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import { SizeCeiling } from './size-ceiling.ts';
import type { RightLost, SessionCommand, SessionInput } from './session-signals.ts';

/** The right to send; `leadership.ts` tells who gives it, and what is promised. */
export type SessionMandate = Pick<Leadership, 'evidence' | 'isHeld' | 'challenge'>;

/** What the calls of a session need. */
export interface SessionCallsOptions {
  readonly transport: IngestTransport;
  readonly mandate: SessionMandate;
  /** Id of the cluster, if it has just been registered. */
  readonly knownId?: string;
  /** Resolves with the id of the cluster; retries for ever by itself. */
  readonly register: (signal: AbortSignal) => Promise<string>;
  readonly observer: Pick<DeliveryObserver, 'onAttempt' | 'onOpenRefused'>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** How the agent is, told with each batch; left out: nothing is told. */
  readonly health?: () => AgentHealth;
}

/**
 * The calls of a session, each answered with what happened in the words of the machine. Before each the right to send is looked at:
 * without it nothing is sent, and there is no answer, because whoever gave the right ends the session then.
 */
export class SessionCalls {
  readonly #options: SessionCallsOptions;
  #clusterId = '';
  #prepared: PreparedBatch | undefined;
  /** Why the agent ends, told with each batch from then on; undefined: it goes on. */
  #ending: string | undefined;
  readonly #ceiling: SizeCeiling;

  constructor(options: SessionCallsOptions) {
    this.#options = options;
    this.#ceiling = new SizeCeiling(options.clock);
  }

  /** Empty before the cluster is registered. */
  get clusterId(): string {
    return this.#clusterId;
  }

  /** Bytes of entries that a batch may have, as far as the answers tell. */
  get maxBatchBytes(): number {
    return this.#ceiling.bytes;
  }

  /** The agent ends: whatever is sent from now on says so. */
  end(reason: string): void {
    this.#ending = reason;
  }

  /** Learns the id of the cluster. */
  async register(signal: AbortSignal): Promise<SessionInput> {
    const { register, knownId } = this.#options;
    // Once: should the platform not know it any more, it is registered again.
    this.#clusterId = this.#clusterId === '' && knownId !== undefined ? knownId : await register(signal);
    return { type: 'registered' };
  }

  /** One attempt at starting a session; `describe` is asked if there is one. */
  async open(describe: () => OpenRequest, signal: AbortSignal): Promise<SessionInput | undefined> {
    const { transport, mandate, observer } = this.#options;
    if (!mandate.isHeld()) return undefined;
    const request = describe();
    const outcome = await transport.open(this.#clusterId, request, signal);
    if (outcome.ok) return { type: 'opened', response: outcome.value, instanceId: request.instanceId };
    observer.onOpenRefused(outcome.verdict);
    return { type: 'refused', verdict: outcome.verdict };
  }

  /** Encodes entries and makes the first attempt at handing them over. */
  async prepare(
    { epoch, seq, entries }: Extract<SessionCommand, { type: 'prepare' }>,
    signal: AbortSignal,
  ): Promise<SessionInput | undefined> {
    const { transport, clock, health } = this.#options;
    this.#prepared = await transport.prepare({
      epoch,
      seq,
      sentAtMs: clock.now(),
      entries,
      ...(health === undefined ? {} : { health: health() }),
      ...(this.#ending === undefined ? {} : { stop: { reason: this.#ending } }),
    });
    return this.send(signal);
  }

  /** One more attempt with the bytes that were prepared last. */
  async send(signal: AbortSignal): Promise<SessionInput | undefined> {
    const { transport, observer, clock, mandate } = this.#options;
    if (!mandate.isHeld()) return undefined;
    const prepared = must(this.#prepared, 'nothing was prepared to send');
    const startedAtMs = clock.monotonicMs();
    const outcome = await transport.send(this.#clusterId, prepared, signal);
    observer.onAttempt({
      verdict: outcome.ok ? 'OK' : outcome.verdict.kind,
      durationMs: clock.monotonicMs() - startedAtMs,
      bytes: prepared.bytes.length,
      entries: prepared.entryCount,
    });
    if (outcome.ok) this.#ceiling.taken(prepared.rawBytes);
    else if (outcome.verdict.kind === 'TOO_LARGE') this.#ceiling.refused(prepared.rawBytes);
    return outcome.ok ? { type: 'acked', ack: outcome.value } : { type: 'refused', verdict: outcome.verdict };
  }

  /**
   * Asks who gave the right whether it still stands, as `Leadership.challenge` does. The platform's count of holders, where it does not say it,
   * is as far as ours, and ours has to rise step by step.
   */
  challenge(lost: RightLost): Promise<void> | undefined {
    const { mandate } = this.#options;
    const seen = lost.kind === 'NOT_LEADER' ? (lost.seenTransitions ?? mandate.evidence?.transitions ?? 0) : undefined;
    return mandate.challenge({ seenTransitions: seen });
  }

  /** The batch is with the platform: its bytes need not stay. */
  release(): void {
    this.#prepared = undefined;
    this.#ceiling.settle();
  }

  /** The batch is given up. */
  drop(): void {
    this.#prepared = undefined;
    this.#ceiling.forget();
  }
}
