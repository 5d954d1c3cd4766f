import type { Clock } from '@castai/shared/async/clock.ts';
import { type DumpProgress, progressLine } from './progress-line.ts';
import type { OutputStream } from './text-output.ts';

/** Where progress is written, and whether. */
export interface ProgressOutputOptions {
  readonly stdout: Pick<OutputStream, 'isTTY'>;
  readonly stderr: OutputStream;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly redact: (text: string) => string;
}

const REDRAW_MS = 100;
const DEFAULT_COLUMNS = 80;
const CLEAR = '\r\u001B[K';

/**
 * What is said beside the output: lines, and on a terminal a bar that is written over. There is none where the output goes to the same
 * terminal, whose lines it would run into.
 */
export class ProgressOutput {
  readonly #options: ProgressOutputOptions;
  #shownAtMs = -Infinity;
  #isShown = false;

  constructor(options: ProgressOutputOptions) {
    this.#options = options;
    // Who reads it may go away; that is no reason to end.
    options.stderr.on('error', () => {});
  }

  /** Shows how far it is, a few times a second. */
  show(progress: DumpProgress): void {
    const { stdout, stderr, clock } = this.#options;
    if (stderr.isTTY !== true || stdout.isTTY === true) return;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#shownAtMs < REDRAW_MS) return;
    this.#shownAtMs = nowMs;
    this.#isShown = true;
    this.#write(`${CLEAR}${progressLine(progress, stderr.columns ?? DEFAULT_COLUMNS)}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#isShown) this.#write(CLEAR);
    this.#isShown = false;
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.#write(`castai-agent: ${text}\n`);
  }

  #write(text: string): void {
    const { stderr, redact } = this.#options;
    stderr.write(redact(text), () => {});
  }
}
