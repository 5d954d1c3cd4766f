import type { Timing } from '@castai/shared/async/timing.ts';
import { untilAborted } from '@castai/shared/async/until-aborted.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import type { PlatformIdentity } from '../node/platform-identity.ts';
import type { NodeEvent } from './node-event-call.ts';
import { attemptReport } from './report-attempt.ts';
import type { ReportOutcome, SpotWriter } from './spot-writer.ts';
import { UrgentBackoff } from './urgent-backoff.ts';

/** Who is told what came of it. */
export interface ReportObserver {
  onReported(noticeId: string, durationMs: number): void;
  onReportFailed(noticeId: string, verdict: Verdict, delayMs: number): void;
}

/** What a reporter needs. */
export interface ReporterOptions extends Timing {
  readonly writer: Pick<SpotWriter, 'report'>;
  /** By what the platform knows this node, as far as is known at this moment. */
  readonly identity: () => PlatformIdentity;
  readonly observer: ReportObserver;
  /** The platform has taken the report of a notice, after the observer was told. */
  readonly onTaken: (noticeId: string) => void;
}

interface Pending {
  readonly type: NodeEvent['type'];
  readonly wakeUp: WakeUp;
  readonly withdrawn: AbortController;
  /** The last attempt was refused for its key. */
  isKeyRefused: boolean;
}

/** The outbox of the platform: each notice is told once, and told again until it is taken, or withdrawn. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #pending = new Map<string, Pending>();
  #isStopped = false;
  #lastError = '';

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** How many notices the platform has not taken yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Why the last attempt failed; empty when it did not. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Tells the platform; the first attempt begins in this turn. Nothing happens while the same notice is under way. */
  report(noticeId: string, type: NodeEvent['type']): void {
    if (this.#pending.has(noticeId) || this.#isStopped) return;
    const pending = {
      type,
      wakeUp: new WakeUp(this.#options.clock),
      withdrawn: new AbortController(),
      isKeyRefused: false,
    };
    this.#pending.set(noticeId, pending);
    void this.#deliver(noticeId, pending);
  }

  /** Takes back what has not been sent. An attempt under way ends; whether it arrived is open. */
  withdraw(noticeId: string): void {
    this.#pending.get(noticeId)?.withdrawn.abort();
    this.#pending.delete(noticeId);
  }

  /** Tries now what waits. */
  flush(): void {
    for (const { wakeUp } of this.#pending.values()) wakeUp.wake();
  }

  /** The key that the platform refused was replaced: what waits because of that is tried now. */
  keyReplaced(): void {
    for (const { wakeUp, isKeyRefused } of this.#pending.values()) if (isKeyRefused) wakeUp.wake();
  }

  /** Lets attempts go on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await untilAborted(signal);
    } finally {
      for (const id of this.#pending.keys()) this.withdraw(id);
      this.#isStopped = true;
    }
  }

  async #deliver(noticeId: string, pending: Pending): Promise<void> {
    const { type, wakeUp, withdrawn } = pending;
    const { writer, identity, clock, random, observer, onTaken } = this.#options;
    const backoff = new UrgentBackoff({ clock, random });
    const { signal } = withdrawn;
    const startedAtMs = clock.monotonicMs();
    try {
      for (;;) {
        const { nodeId, providerId } = identity();
        const event = { type, nodeId, ...(providerId === undefined ? {} : { providerId }) };
        const request = (attempt: AbortSignal): Promise<ReportOutcome> => writer.report(noticeId, event, attempt);
        const onLate = (verdict: Verdict): void => {
          this.#lastError = verdict.detail;
          observer.onReportFailed(noticeId, verdict, 0);
        };
        const outcome = await attemptReport({ clock, request, onLate }, signal);
        if (signal.aborted) return;
        if (outcome.is !== 'refused') {
          this.#pending.delete(noticeId);
          this.#lastError = '';
          if (outcome.is === 'untold') return;
          observer.onReported(noticeId, clock.monotonicMs() - startedAtMs);
          onTaken(noticeId);
          return;
        }
        const { verdict } = outcome;
        this.#lastError = verdict.detail;
        pending.isKeyRefused = verdict.kind === 'UNAUTHORIZED';
        const delayMs = backoff.next({ retryAfterMs: verdict.retryAfterMs, isHopeless: isHopeless(verdict) });
        observer.onReportFailed(noticeId, verdict, delayMs);
        await wakeUp.wait(signal, delayMs);
      }
    } catch (error) {
      // Withdrawn: whoever did it knows. Anything else is a bug that must be seen.
      if (!signal.aborted) throw error;
    }
  }
}

/** The platform has understood and will not take it: only a person changes that, as by giving another key. */
function isHopeless(verdict: Verdict): boolean {
  switch (verdict.kind) {
    case 'UNAUTHORIZED':
      // A firewall's page is no word about the key: it may let the next attempt through, and the machine has only seconds.
      return !verdict.keyChanged && verdict.byPlatform !== false;
    case 'REJECTED':
      return verdict.byPlatform;
    case 'UNKNOWN_CLUSTER':
      return true;
    default:
      return false;
  }
}
