import { Backoff } from '@castai/shared/async/backoff.ts';
import type { Timing } from '@castai/shared/async/timing.ts';
import { WakeUp } from '@castai/shared/async/wake-up.ts';
import { must } from '@castai/shared/errors.ts';
import type { JsonClient } from '@castai/shared/wire/json-client.ts';
import type { Verdict } from '@castai/shared/wire/transport.ts';
import { agentLogCall, type LogEvent } from './agent-log-call.ts';
import { logEventOf } from './log-event.ts';

/** Why a line did not reach the platform. `OVERFLOW`: too much waited; `REFUSED`: it does not take it. */
export type LogLoss = 'OVERFLOW' | 'REFUSED';

/** What is needed to send. */
export interface AgentLogsOptions extends Timing {
  readonly rest: Pick<JsonClient, 'call'>;
  /** Undefined while nobody knows: then lines wait. */
  readonly clusterId: () => string | undefined;
  /** Stands in the fields of every line: which of several replicas it was. */
  readonly instance: Readonly<Record<string, string>>;
  readonly onLost: (reason: LogLoss, count: number) => void;
}

/** As many characters of lines may wait; the oldest are given up, because the newest say how it is. */
const MOST_WAITING = 64 * 1024;
/** Lines come in groups, and none of them is urgent. */
const GATHER_MS = 5_000;
/** Whoever looks at the platform's page is not helped by one line a second. */
const BACKOFF = { initialMs: 30_000, maxMs: 600_000, factor: 2, resetAfterMs: 600_000 } as const;

/**
 * Sends warnings and errors of our log to the platform, beside everything else: nothing waits for them. A call that the public API has, and
 * so the same on both wires; it takes a line a call, and they go one after the other over one connection.
 *
 * Ways back to a request, with what changes and what paces it: a line that the platform could not take now is sent again (time; the
 * backoff, at least what the platform asks for); one that it refuses is not. What goes wrong here is told nowhere in the log: it would be
 * a line more to send.
 */
export class AgentLogs {
  readonly #options: AgentLogsOptions;
  readonly #wakeUp: WakeUp;
  readonly #waiting: { readonly event: LogEvent; readonly size: number }[] = [];
  #size = 0;

  constructor(options: AgentLogsOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.clock);
  }

  /** Takes a line of log, as JSON; one that is nobody's business is let go. */
  take(line: string): void {
    const event = logEventOf(line, this.#options.instance);
    if (event === undefined) return;
    this.#waiting.push({ event, size: line.length });
    this.#size += line.length;
    while (this.#size > MOST_WAITING) {
      this.#drop();
      this.#options.onLost('OVERFLOW', 1);
    }
    this.#wakeUp.wake();
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const backoff = new Backoff(BACKOFF, { clock, random });
    for (;;) {
      if (this.#waiting.length === 0) await this.#wakeUp.wait(signal);
      await clock.sleep(GATHER_MS, signal);
      const pauseMs = await this.#send(backoff, signal);
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
    }
  }

  /** Sends what waits, and gives how long to wait before the next attempt. */
  async #send(backoff: Backoff, signal: AbortSignal): Promise<number> {
    const { rest, clusterId, onLost } = this.#options;
    while (this.#waiting.length > 0) {
      const id = clusterId();
      if (id === undefined) return 0;
      const first = must(this.#waiting[0], 'a line waits');
      const outcome = await rest.call(agentLogCall(id, first.event), signal);
      if (outcome.ok) backoff.succeeded();
      else if (mayPass(outcome.verdict)) return backoff.next(outcome.verdict.retryAfterMs);
      else onLost('REFUSED', 1);
      // It may have been given up meanwhile, because others came.
      if (this.#waiting[0] === first) this.#drop();
    }
    return 0;
  }

  #drop(): void {
    this.#size -= this.#waiting.shift()?.size ?? 0;
  }
}

/** Whether the same line may be taken another time. */
function mayPass({ kind }: Verdict): boolean {
  return kind === 'NO_ANSWER' || kind === 'UNAVAILABLE' || kind === 'UNAUTHORIZED' || kind === 'INTERFERENCE';
}
