import { Backoff } from '../../async/backoff.ts';
import { withDeadline } from '../../async/deadline.ts';
import type { Timing } from '../../async/timing.ts';
import { WakeUp } from '../../async/wake-up.ts';
import type { LogRing } from '../../log/log-ring.ts';
import type { JsonCall } from '../json-call.ts';
import type { JsonClient } from '../json-client.ts';
import type { Verdict } from '../transport.ts';
import { type LogEvent, logEventOf } from './log-event.ts';

/**
 * Why a line did not reach the platform. `OVERFLOW`: too much waited; `REFUSED`: it does not take it; `STOPPED`: somebody does not want any
 * sent; `ENDED`: the program was over before.
 */
export const LOG_LOSSES = ['OVERFLOW', 'REFUSED', 'STOPPED', 'ENDED'] as const;

/** One of them. */
export type LogLoss = (typeof LOG_LOSSES)[number];

/** What is needed to send. */
export interface LogExportOptions extends Timing {
  readonly platform: Pick<JsonClient, 'call'>;
  /** How a line is handed over. Undefined while nobody knows of which cluster: then lines wait. */
  readonly callFor: (event: LogEvent) => JsonCall<undefined> | undefined;
  /** Stands in the fields of every line: which of several replicas it was. */
  readonly instance: Readonly<Record<string, string>>;
  /** Whether somebody has stopped it. Asked right before a group is sent, and never while nothing waits. */
  readonly isStopped?: (signal: AbortSignal) => Promise<boolean>;
  readonly onLost: (reason: LogLoss, count: number) => void;
}

/** As many characters of lines may wait; the oldest are given up, because the newest say how it is. */
const MOST_WAITING = 64 * 1024;
/** Lines come in groups, and none of them is urgent. */
const GATHER_MS = 5_000;
/** So many go with a group, a call each: four a second at most, whatever a program has to say. */
const MOST_AT_ONCE = 20;
/** At the end; what asked the program to end waits for it. */
const LAST_MS = 2_000;
/** Whoever looks at the platform's page is not helped by one line a second. */
const BACKOFF = { initialMs: 30_000, maxMs: 600_000, factor: 2, resetAfterMs: 600_000 } as const;

interface Waiting {
  readonly event: LogEvent;
  readonly key: string;
  readonly size: number;
  /** Lines that say the same and go with this one. */
  more: number;
}

/**
 * Sends warnings and errors of our log to the platform, beside everything else: nothing waits for them. The public API takes a line a call, so
 * that a platform which is compatible with it takes no batch: what can be gathered is gathered before. Lines that wait and say the same are
 * one line that says how often (`suppressed`, as of a throttled logger); they go in groups, one after the other over one connection, and of
 * a group no more than twenty before the next pause. While nothing is said, nothing is sent.
 *
 * Ways back to a request, with what changes and what paces it: the rest of a group that was too large (another line; the time to gather); a
 * line that the platform could not take now is sent again (time; the backoff, at least what the platform asks for); one that it refuses
 * is not. What goes wrong here is told nowhere in the log: it would be a line more to send.
 */
export class LogExport {
  readonly #options: LogExportOptions;
  readonly #wakeUp: WakeUp;
  readonly #waiting: Waiting[] = [];
  /** Lines that others may still go with. */
  readonly #open = new Map<string, Waiting>();
  #size = 0;

  constructor(options: LogExportOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Takes every line of a log: also those that were written before there was anything to send with. What is returned ends it. */
  follow(log: Pick<LogRing, 'text' | 'listen'>): () => void {
    for (const line of log.text.split('\n')) this.take(line);
    return log.listen((line) => this.take(line));
  }

  /** Takes a line of log, as JSON; one that is nobody's business is let go. */
  take(line: string): void {
    const event = logEventOf(line, this.#options.instance);
    if (event === undefined) return;
    const { level, message, fields } = event;
    const { suppressed = '0', ...told } = fields;
    const key = JSON.stringify([level, message, told]);
    const same = this.#open.get(key);
    if (same !== undefined) {
      same.more += 1 + Number(suppressed);
      return;
    }
    const waiting = { event, key, size: line.length, more: 0 };
    this.#waiting.push(waiting);
    this.#open.set(key, waiting);
    this.#size += line.length;
    while (this.#size > MOST_WAITING) this.#lose('OVERFLOW');
    this.#wakeUp.wake();
  }

  /** Works until the signal; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, random } = this.#options;
    const backoff = new Backoff(BACKOFF, { clock, random });
    for (;;) {
      if (this.#waiting.length === 0) await this.#wakeUp.wait(signal);
      await clock.sleep(GATHER_MS, signal);
      const failure = await this.#send(MOST_AT_ONCE, signal);
      if (failure === undefined) backoff.succeeded();
      else await clock.sleep(backoff.next(failure.retryAfterMs), signal);
    }
  }

  /**
   * Sends what waits when the program is at its end: once each, for two seconds at most, and nothing where the signal has aborted, because
   * whoever asked does not want to wait. The rest is lost.
   */
  async finish(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const deadline = { ms: LAST_MS, clock, overdue: () => new Error('the time for the last lines of log is over') };
    try {
      if (this.#waiting.length > 0) await withDeadline(deadline, (last) => this.#send(Infinity, last), signal);
    } catch {
      // Aborted, or too late: either way the rest is lost.
    }
    while (this.#waiting.length > 0) this.#lose('ENDED');
  }

  /** Sends so many of those that wait; gives what the platform said to one that it may take another time, which ends it. */
  async #send(most: number, signal: AbortSignal): Promise<Verdict | undefined> {
    const { platform, callFor, isStopped } = this.#options;
    if ((await isStopped?.(signal)) === true) {
      while (this.#waiting.length > 0) this.#lose('STOPPED');
      return undefined;
    }
    for (let sent = 0; sent < most; sent += 1) {
      const [first] = this.#waiting;
      if (first === undefined) return undefined;
      const call = callFor(eventOf(first));
      if (call === undefined) return undefined;
      this.#open.delete(first.key);
      const outcome = await platform.call(call, signal);
      // It may have been given up meanwhile, because others came.
      const isThere = this.#waiting[0] === first;
      if (!outcome.ok && mayPass(outcome.verdict)) return outcome.verdict;
      if (!isThere) continue;
      if (outcome.ok) this.#drop();
      else this.#lose('REFUSED');
    }
    return undefined;
  }

  /** Gives the oldest up. */
  #lose(reason: LogLoss): void {
    this.#options.onLost(reason, 1 + (this.#drop()?.more ?? 0));
  }

  #drop(): Waiting | undefined {
    const first = this.#waiting.shift();
    if (first === undefined) return undefined;
    this.#size -= first.size;
    if (this.#open.get(first.key) === first) this.#open.delete(first.key);
    return first;
  }
}

/** The line as it is sent: with how many it stands for besides itself. */
function eventOf({ event, more }: Waiting): LogEvent {
  const suppressed = more + Number(event.fields['suppressed'] ?? 0);
  return suppressed === 0 ? event : { ...event, fields: { ...event.fields, suppressed: String(suppressed) } };
}

/** Whether the same line may be taken another time. */
function mayPass({ kind }: Verdict): boolean {
  return kind === 'NO_ANSWER' || kind === 'UNAVAILABLE' || kind === 'UNAUTHORIZED' || kind === 'INTERFERENCE';
}
