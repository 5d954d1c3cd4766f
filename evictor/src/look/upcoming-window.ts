import type { Clock } from '@castai/shared/async/clock.ts';
import type { MaintenancePlan, Span } from '../judge/maintenance.ts';

/** What the next window is asked with. */
export interface UpcomingWindowOptions {
  readonly clock: Clock;
  /** Windows of the configuration, as it is now. */
  readonly plans: () => readonly MaintenancePlan[];
  /** Windows that the cluster has told before. */
  readonly toldBefore: readonly Span[];
  /** Asks the cluster for the next window; undefined: nobody tells it. Left out: it is not asked. */
  readonly askWindow: ((signal: AbortSignal) => Promise<Span | undefined>) | undefined;
  /** Told of each answer, and of what it failed with. */
  readonly onWindowAsked: (error: unknown) => void;
}

const EVERY_MS = 300_000;
/** The last ones stay known when the next is told: when one has ended is asked for as well. */
const KEPT = 8;

/** Remembers the maintenance windows that the cluster tells one after another, beside those of the configuration. */
export class UpcomingWindow {
  readonly #options: UpcomingWindowOptions;
  #told: readonly Span[];

  constructor(options: UpcomingWindowOptions) {
    this.#options = options;
    this.#told = options.askWindow === undefined ? [] : options.toldBefore.slice(-KEPT);
  }

  /** Those that the cluster has told. */
  get told(): readonly Span[] {
    return this.#told;
  }

  /** All windows that are known. */
  get plans(): readonly MaintenancePlan[] {
    const plans = this.#options.plans();
    if (this.#told.length === 0) return plans;
    const known = plans.find(({ kind }) => kind === 'node_os');
    const plan: MaintenancePlan = { kind: 'node_os', rules: [], blocked: [], ...known, told: this.#told };
    return [plan, ...plans.filter((one) => one !== known)];
  }

  /** Keeps asking until the signal, and rejects with its reason; without anybody to ask it is done at once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, askWindow, onWindowAsked } = this.#options;
    if (askWindow === undefined) return;
    for (;;) {
      try {
        this.#note(await askWindow(signal));
        onWindowAsked(undefined);
      } catch (error) {
        signal.throwIfAborted();
        onWindowAsked(error);
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }

  /** A window that is moved while it has not begun takes the place of the one that was told before. */
  #note(span: Span | undefined): void {
    const nowMs = this.#options.clock.now();
    const begun = this.#told.filter(({ startMs, endMs }) => startMs <= nowMs && endMs !== span?.endMs);
    this.#told = [...begun, ...(span === undefined ? [] : [span])].slice(-KEPT);
  }
}
