import type { Clock } from '../async/clock.ts';
import { Machine } from '../async/machine.ts';
import type { Cause } from './causes.ts';
import { endedProblem, judge, problemsIn } from './judge-problems.ts';
import type { Problem, Trouble } from './problem.ts';
import {
  type Instant,
  nothingWrong,
  stepVerdict,
  type VerdictCommand,
  type VerdictInput,
  type VerdictMachineState,
} from './verdict-state.ts';
import type { Verdict } from './verdict.ts';

/** Who is told when something changes: the log, the platform. */
export interface VerdictObserver {
  /** A problem began; `verdict` is how the program is now. */
  onProblemBegan(trouble: Trouble, verdict: Verdict): void;
  /** A problem is over; `starting` among them, when the start is done. */
  onProblemEnded(problem: Problem, verdict: Verdict): void;
}

/** What a keeper needs. */
export interface VerdictKeeperOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'sleep'>;
  /** All that is wrong now, of several of one cause the first: one pure function of what the program holds in memory. */
  readonly look: () => readonly Trouble[];
  readonly observer: VerdictObserver;
  /** A bug was met. */
  readonly onBug: (error: unknown) => void;
}

/** While something is wrong, or was just now. Looking costs microseconds. */
const LOOK_EVERY_MS = 1_000;
/**
 * While nothing is. What costs is to be woken: a process that has nothing to do takes 0.03 % of a core for one wake-up a second. A problem is told
 * up to so much later, and one that is shorter may be missed, which is told of nobody before `HOLD_MS` anyway.
 */
const CALM_LOOK_MS = 5_000;

/** Keeps the verdict of a program and the problems behind it: performs what `verdict-state.ts` decides. */
export class VerdictKeeper {
  readonly #options: VerdictKeeperOptions;
  readonly #machine: Machine<VerdictMachineState, VerdictInput, VerdictCommand>;

  constructor(options: VerdictKeeperOptions) {
    this.#options = options;
    this.#machine = new Machine({
      initial: nothingWrong(this.#now()),
      step: stepVerdict,
      perform: (command) => this.#perform(command),
      onBug: options.onBug,
    });
  }

  /** How the program is, as of now. */
  get verdict(): Verdict {
    this.#look();
    return judge(this.#machine.state);
  }

  /** What is wrong and lately was, as of now. */
  get problems(): Problem[] {
    this.#look();
    return problemsIn(this.#machine.state, this.#now());
  }

  /** Something has happened that is no state: it is a problem at once, and for five minutes. */
  note(trouble: Trouble): void {
    this.#machine.dispatch({ type: 'note', at: this.#now(), trouble });
  }

  /** One more attempt has failed for this cause. */
  count(cause: Cause): void {
    this.#machine.dispatch({ type: 'count', cause });
  }

  /** Looks until the signal aborts, then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      this.#look();
      const isCalm = this.#machine.state.courses.size === 0;
      await clock.sleep(isCalm ? CALM_LOOK_MS : LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  #look(): void {
    // While something is told, the facts of before are as good as those of now.
    if (this.#machine.isStepping) return;
    this.#machine.dispatch({ type: 'look', at: this.#now(), troubles: this.#options.look() });
  }

  #perform(command: VerdictCommand): void {
    const { observer } = this.#options;
    const verdict = judge(this.#machine.state);
    if (command.type === 'began') observer.onProblemBegan(command.trouble, verdict);
    else observer.onProblemEnded(endedProblem(command.problem), verdict);
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
  }
}
