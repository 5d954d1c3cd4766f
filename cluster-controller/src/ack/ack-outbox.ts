import { Machine } from '@castai/shared/async/machine.ts';
import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { ackCall } from './ack-call.ts';
import { type Ack, type AckCommand, type AckInput, type AckState, NOTHING_TO_TELL, stepAcks } from './ack-state.ts';

/** Tells the platform what actions came to. There are two: `AckOutbox`, and `DryAcks`, which withholds them. */
export interface AckSender {
  /** How many the platform has not taken yet. */
  readonly pendingCount: number;
  want(ack: Ack): void;
  withdraw(id: string): void;
  /** Nothing is sent any more, until something is wanted again. */
  stop(): void;
}

/** Who is told what came of it. */
export interface AckObserver {
  onAcked(ack: Ack): void;
  /** It is sent again, unless the platform has refused it in its own words. */
  onAckFailed(ack: Ack, verdict: Verdict): void;
}

/** What it needs. */
export interface AckOutboxOptions extends Timing<'monotonicMs' | 'setTimer'> {
  readonly platform: Pick<JsonClient, 'call'>;
  readonly clusterId: string;
  readonly observer: AckObserver;
  /** The platform has it, or will never take it. */
  readonly onSettled: (id: string) => void;
  readonly onBroken: (error: unknown) => void;
}

const BACKOFF = { initialMs: 1000, maxMs: 60_000, factor: 2, resetAfterMs: 60_000 } as const;

/** Sends acknowledgements: does what the machine in `ack-state.ts` commands. */
export class AckOutbox implements AckSender {
  readonly #options: AckOutboxOptions;
  readonly #machine: Machine<AckState, AckInput, AckCommand>;
  readonly #backoff: Backoff;
  #sending = new AbortController();
  #cancelRest: () => void = () => undefined;

  constructor(options: AckOutboxOptions) {
    this.#options = options;
    this.#backoff = new Backoff(BACKOFF, options);
    this.#machine = new Machine<AckState, AckInput, AckCommand>({
      initial: NOTHING_TO_TELL,
      step: stepAcks,
      perform: (command) => this.#perform(command),
      onBug: options.onBroken,
    });
  }

  get pendingCount(): number {
    const { waiting, underWay } = this.#machine.state;
    return waiting.length + underWay.size;
  }

  want(ack: Ack): void {
    this.#machine.dispatch({ type: 'wanted', ack });
  }

  withdraw(id: string): void {
    this.#machine.dispatch({ type: 'withdrawn', id });
  }

  stop(): void {
    this.#cancelRest();
    this.#sending.abort(new Error('nobody wants acknowledgements sent any more'));
    this.#sending = new AbortController();
    this.#machine.dispatch({ type: 'stopped' });
  }

  #perform(command: AckCommand): void {
    switch (command.type) {
      case 'send':
        this.#send(command.ack, this.#sending.signal).catch(this.#options.onBroken);
        return;
      case 'rest':
        this.#cancelRest();
        this.#cancelRest = this.#options.clock.setTimer(this.#backoff.next(command.atLeastMs), () =>
          this.#machine.dispatch({ type: 'rested' }),
        );
    }
  }

  async #send(ack: Ack, signal: AbortSignal): Promise<void> {
    const { platform, clusterId, observer, onSettled } = this.#options;
    const { id } = ack;
    try {
      const outcome = await platform.call(ackCall(clusterId, ack), signal);
      if (signal.aborted) return;
      if (!outcome.ok) {
        observer.onAckFailed(ack, outcome.verdict);
        if (!isFinal(outcome.verdict)) {
          this.#machine.dispatch({ type: 'failed', id, retryAfterMs: outcome.verdict.retryAfterMs ?? 0 });
          return;
        }
      } else {
        this.#backoff.succeeded();
        observer.onAcked(ack);
      }
      this.#machine.dispatch({ type: 'settled', id });
      onSettled(id);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** For a dry run: nothing was done, so nothing is told to be done. The platform asks until the action expires. */
export class DryAcks implements AckSender {
  readonly pendingCount = 0;
  readonly #onWithheld: (ack: Ack) => void;

  constructor(onWithheld: (ack: Ack) => void) {
    this.#onWithheld = onWithheld;
  }

  want(ack: Ack): void {
    this.#onWithheld(ack);
  }

  withdraw(): void {}

  stop(): void {}
}

/** Statuses by which a platform says, in its own words, that it knows no such action, or has heard what came of it. */
const UNKNOWN: readonly (number | undefined)[] = [404, 409, 410];

/** The platform has understood it, and will not take it the next time either. If it wants to know all the same, its next poll says so. */
function isFinal(verdict: Verdict): boolean {
  if (verdict.kind === 'INTERFERENCE') return verdict.byPlatform === true && UNKNOWN.includes(verdict.status);
  return verdict.kind === 'REJECTED' && verdict.byPlatform;
}
