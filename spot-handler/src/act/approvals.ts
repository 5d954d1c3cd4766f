import { Backoff } from '@castai/shared/async/backoff.ts';
import { type Hedge, hedged } from '@castai/shared/async/hedged.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { Notice } from '../poll/notice.ts';
import type { SpotWriter } from './spot-writer.ts';

/** Who is told what came of it. */
export interface ApprovalObserver {
  onApproved(noticeId: string): void;
  /** It is tried again after the delay; `attempt` counts from 1. */
  onApprovalFailed(noticeId: string, attempt: number, delayMs: number): void;
}

/** What approvals need. */
export interface ApprovalsOptions extends Timing {
  readonly writer: Pick<SpotWriter, 'acknowledge'>;
  readonly observer: ApprovalObserver;
  /** The provider has taken the approval of a notice, after the observer was told. */
  readonly onTaken: (noticeId: string) => void;
  /** A bug: an attempt ended in a way that nobody expected. */
  readonly onBroken: (error: unknown) => void;
}

interface Pending {
  readonly wakeUp: WakeUp;
  readonly retracted: AbortController;
}

/** What is gained are minutes, and five requests a second are all that the processes of a machine have together. */
const BACKOFF = { initialMs: 1000, maxMs: 15_000, factor: 2, resetAfterMs: 0 } as const;
const AT_LEAST_MS = 1000;
/** From one attempt to the next one beside it, while none is answered. To approve what is approved changes nothing. */
const AGAIN_MS = 3000;
/** A metadata service may take as long as for a look. */
const PATIENCE_MS = 20_000;

/**
 * The outbox of the provider: tells it that it need not wait for an event any longer, again and again until it has taken that. Whoever
 * decides takes an approval back when the event has begun or is gone; what was not taken stands so on the node, for a later process.
 */
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #pending = new Map<string, Pending>();
  #isStopped = false;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** How many approvals the provider has not taken yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Approves an event; the first attempt begins in this turn. Nothing happens while the same one is under way. */
  approve({ id, givenId = id }: Notice): void {
    if (this.#pending.has(id) || this.#isStopped) return;
    const pending = { wakeUp: new WakeUp(this.#options.clock), retracted: new AbortController() };
    this.#pending.set(id, pending);
    void this.#deliver(id, givenId, pending);
  }

  /** Tries no longer. An attempt under way ends; whether it arrived is open. */
  retract(noticeId: string): void {
    this.#pending.get(noticeId)?.retracted.abort(new Error('the approval was taken back'));
    this.#pending.delete(noticeId);
  }

  /** Tries now what waits. */
  flush(): void {
    for (const { wakeUp } of this.#pending.values()) wakeUp.wake();
  }

  /** Lets attempts go on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await untilAborted(signal);
    } finally {
      for (const id of this.#pending.keys()) this.retract(id);
      this.#isStopped = true;
    }
  }

  async #deliver(id: string, givenId: string, { wakeUp, retracted }: Pending): Promise<void> {
    const { writer, observer, onTaken, onBroken, clock, random } = this.#options;
    const { signal } = retracted;
    const backoff = new Backoff(BACKOFF, { clock, random });
    try {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await this.#attempt((limited) => writer.acknowledge(givenId, limited), signal);
        if (signal.aborted) return;
        if (outcome !== 'refused') {
          this.#pending.delete(id);
          if (outcome === 'untold') return;
          observer.onApproved(id);
          onTaken(id);
          return;
        }
        const delayMs = backoff.next(AT_LEAST_MS);
        observer.onApprovalFailed(id, attempt, delayMs);
        await wakeUp.wait(signal, delayMs);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#pending.delete(id);
      onBroken(error);
    }
  }

  /** What the provider says, by the first of several attempts that it answers. */
  async #attempt<T>(acknowledge: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T | 'refused'> {
    const late = new Error('no answer');
    const hedge: Hedge = {
      clock: this.#options.clock,
      ms: PATIENCE_MS,
      againMs: AGAIN_MS,
      overdue: () => late,
      isAnswer: () => true,
      onLate: () => undefined,
    };
    try {
      return await hedged(hedge, acknowledge, signal);
    } catch (error) {
      if (error === late) return 'refused';
      throw error;
    }
  }
}
