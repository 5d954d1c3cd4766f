import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import type { Notice } from '../poll/notice.ts';
import type { SpotWriter } from './spot-writer.ts';

/** Who is told what came of it. */
export interface ApprovalObserver {
  onAcknowledged(noticeId: string, isTaken: boolean): void;
}

/** What approvals need. */
export interface ApprovalsOptions {
  readonly writer: Pick<SpotWriter, 'acknowledge'>;
  readonly observer: ApprovalObserver;
  /** A bug: an attempt ended in a way that nobody expected. */
  readonly onBroken: (error: unknown) => void;
}

/** Tells the provider that it need not wait for an event any longer. One attempt: an event that is not approved comes at its time. */
export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #over = new AbortController();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Approves an event; the attempt begins in this turn. */
  approve({ id, givenId = id }: Notice): void {
    if (!this.#over.signal.aborted) void this.#approve(id, givenId);
  }

  /** Lets attempts go on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await untilAborted(signal);
    } finally {
      this.#over.abort(signal.reason);
    }
  }

  async #approve(id: string, givenId: string): Promise<void> {
    const { writer, observer, onBroken } = this.#options;
    const { signal } = this.#over;
    try {
      const outcome = await writer.acknowledge(givenId, signal);
      if (outcome !== 'untold') observer.onAcknowledged(id, outcome === 'taken');
    } catch (error) {
      if (!signal.aborted) onBroken(error);
    }
  }
}
