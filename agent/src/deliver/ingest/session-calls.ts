import type { Clock } from '@castai/shared/async/clock.ts';
import { assert, must } from '@castai/shared/errors.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { AgentHealth, Entry, OpenRequest } from '@castai/shared/wire/ingest/ingest-messages.ts';
import type { IngestTransport, PreparedBatch } from '@castai/shared/wire/ingest/ingest-transport.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { DeliveryObserver } from '../delivery-observer.ts';
import type { Portion } from './batch-in-hand.ts';
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
  /** Told of entries whose bodies are read no more. Should they be needed once more, the transport gives them back. */
  readonly onPacked?: (entries: Portion) => void;
}

/** A batch on the wire, and what it is of. */
interface OnTheWire {
  readonly prepared: PreparedBatch;
  readonly entries: Portion;
}

/**
 * The calls of a session, each answered with what happened in the words of the machine. Before each the right to send is looked at:
 * without it nothing is sent, and there is no answer, because whoever gave the right ends the session then.
 */
export class SessionCalls {
  readonly #options: SessionCallsOptions;
  #clusterId = '';
  #onTheWire: OnTheWire | undefined;
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
    const { transport, clock, health, onPacked } = this.#options;
    const batch = {
      epoch,
      seq,
      sentAtMs: clock.now(),
      entries,
      ...(health === undefined ? {} : { health: health() }),
      ...(this.#ending === undefined ? {} : { stop: { reason: this.#ending } }),
    };
    this.#onTheWire = { prepared: await transport.prepare(batch, onPacked), entries };
    return this.send(signal);
  }

  /** One more attempt with the bytes that were prepared last. */
  async send(signal: AbortSignal): Promise<SessionInput | undefined> {
    const { transport, observer, clock, mandate } = this.#options;
    if (!mandate.isHeld()) return undefined;
    const onTheWire = must(this.#onTheWire, 'nothing was prepared to send');
    const { prepared } = onTheWire;
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
    if (outcome.ok) return { type: 'acked', ack: outcome.value };
    const { verdict } = outcome;
    return isForOther(verdict)
      ? { type: 'refused', verdict, entries: await this.#unpack(onTheWire) }
      : { type: 'refused', verdict };
  }

  /** The entries on the wire with the bodies that were sent. */
  async #unpack({ prepared, entries }: OnTheWire): Promise<Portion> {
    const sent = await this.#options.transport.unpack(prepared);
    return entries.map((entry, index) => withBody(entry, sent[index]));
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
    this.#onTheWire = undefined;
    this.#ceiling.settle();
  }

  /** The batch is given up. */
  drop(): void {
    this.#onTheWire = undefined;
    this.#ceiling.forget();
  }
}

/** Whether it asks for other bytes than were sent. */
function isForOther(verdict: Verdict): boolean {
  if (verdict.kind === 'UNSUPPORTED_ENCODING') return verdict.next !== undefined;
  return verdict.kind === 'TOO_LARGE' || verdict.kind === 'REJECTED';
}

function withBody(entry: Entry, sent: Entry | undefined): Entry {
  if (entry.type !== 'upsert') return entry;
  assert(sent?.type === 'upsert' && sent.uid === entry.uid, `another object was packed than ${entry.uid}`);
  return { ...entry, body: sent.body };
}
