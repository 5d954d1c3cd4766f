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
  /** The platform knows of a notice, and not yet whose it is. */
  onReportedNameless(noticeId: string): void;
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
  /** The last attempt found nobody at home, or one who has no time. */
  isAway: boolean;
  /** Nobody knew who this machine is when it was last told. */
  isNameless: boolean;
  /** The platform has taken it together with the machine's name. */
  isTold: boolean;
}

/** Who this machine is is known at once as a rule, or within two looks; longer than that the platform is not kept from hearing that one goes. */
const NAMELESS_AFTER_MS = 2000;
/** Pause of the notices that wait behind another one while the platform is away: one asks for all of them. */
const FOLLOW_MS = 10_000;

/**
 * The outbox of the platform: each notice is told once, and told again until it is taken, or withdrawn. One that names nobody is not
 * told yet, even if the platform took it.
 *
 * Ways back to an attempt, with what changes and what paces it:
 * - refused: the platform, in time; `UrgentBackoff`. Of several notices only the oldest goes at that pace while the platform is away.
 * - the platform is back, or its key was replaced: at once, for each notice that waits for that; what waits is over with it.
 * - taken without a name: somebody has said who this machine is; once, because the next attempt has it.
 */
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
      isAway: false,
      isNameless: false,
      isTold: false,
    };
    this.#pending.set(noticeId, pending);
    void this.#deliver(noticeId, pending);
  }

  /** Takes back what has not been sent. An attempt under way ends; whether it arrived is open. */
  withdraw(noticeId: string): void {
    this.#pending.get(noticeId)?.withdrawn.abort();
    this.#over(noticeId);
  }

  /** Somebody has said who this machine is: what was told without that, or waits for it, is told now. */
  reconsider(): void {
    if (isNobody(this.#options.identity())) return;
    for (const { wakeUp, isNameless } of this.#pending.values()) if (isNameless) wakeUp.wake();
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
    const { wakeUp, withdrawn } = pending;
    const { identity, clock, random, observer, onTaken } = this.#options;
    const backoff = new UrgentBackoff({ clock, random });
    const { signal } = withdrawn;
    const startedAtMs = clock.monotonicMs();
    try {
      pending.isNameless = isNobody(identity());
      if (pending.isNameless) await wakeUp.wait(signal, NAMELESS_AFTER_MS);
      for (;;) {
        const outcome = await this.#attempt(noticeId, pending);
        if (signal.aborted) return;
        if (outcome.is === 'refused') {
          const delayMs = this.#pauseMs(pending, outcome.verdict, backoff);
          observer.onReportFailed(noticeId, outcome.verdict, delayMs);
          await wakeUp.wait(signal, delayMs);
          continue;
        }
        this.#lastError = '';
        if (outcome.is === 'taken' && !pending.isTold) {
          pending.isAway = false;
          this.#back();
          observer.onReportedNameless(noticeId);
          while (isNobody(identity())) await wakeUp.wait(signal);
          continue;
        }
        this.#over(noticeId);
        if (outcome.is === 'untold') return;
        observer.onReported(noticeId, clock.monotonicMs() - startedAtMs);
        onTaken(noticeId);
        return;
      }
    } catch (error) {
      // Withdrawn: whoever did it knows. Anything else is a bug that must be seen.
      if (!signal.aborted) throw error;
    }
  }

  async #attempt(noticeId: string, pending: Pending): Promise<ReportOutcome> {
    const { writer, identity, clock, observer } = this.#options;
    const request = async (signal: AbortSignal): Promise<ReportOutcome> => {
      // Each request has what is known by then.
      const who = identity();
      pending.isNameless = isNobody(who);
      const { nodeId, providerId } = who;
      const event = { type: pending.type, nodeId, ...(providerId === undefined ? {} : { providerId }) };
      const outcome = await writer.report(noticeId, event, signal);
      if (outcome.is === 'taken' && !isNobody(who)) pending.isTold = true;
      return outcome;
    };
    const onLate = (verdict: Verdict): void => {
      this.#lastError = verdict.detail;
      observer.onReportFailed(noticeId, verdict, 0);
    };
    return attemptReport({ clock, request, onLate }, pending.withdrawn.signal);
  }

  #pauseMs(pending: Pending, verdict: Verdict, backoff: UrgentBackoff): number {
    this.#lastError = verdict.detail;
    pending.isKeyRefused = verdict.kind === 'UNAUTHORIZED';
    pending.isAway = isAway(verdict);
    // It was refused for what it says: the platform is there.
    if (!pending.isAway) this.#back();
    const delayMs = backoff.next({ retryAfterMs: verdict.retryAfterMs, isHopeless: isHopeless(verdict) });
    const asksForAll = [...this.#pending.values()].find((other) => other.isAway) === pending;
    return pending.isAway && !asksForAll ? Math.max(delayMs, FOLLOW_MS) : delayMs;
  }

  #over(noticeId: string): void {
    if (this.#pending.delete(noticeId)) this.#back();
  }

  /** Somebody answers again, or who asked for all others asks no more: what waits for that is tried now. */
  #back(): void {
    for (const { wakeUp, isAway: waits } of this.#pending.values()) if (waits) wakeUp.wake();
  }
}

function isNobody({ nodeId, providerId }: PlatformIdentity): boolean {
  return nodeId === '' && providerId === undefined;
}

/** Nobody answered, or not in earnest: how long that lasts has nothing to do with the notice. */
function isAway({ kind }: Verdict): boolean {
  return kind === 'UNAVAILABLE' || kind === 'NO_ANSWER' || kind === 'INTERFERENCE';
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
