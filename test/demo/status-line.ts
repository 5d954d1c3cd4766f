/** Where a status line is written. */
export interface LineOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Between two lines where a line cannot be written over: enough to see that it lives, without filling a log. */
const QUIET_MS = 5_000;

/** A line that is written over again and again in a terminal; elsewhere a new line every few seconds, if it changed. */
export class StatusLine {
  readonly #output: LineOutput;
  readonly #now: () => number;
  #shown = '';
  #shownAtMs = -Infinity;

  constructor(output: LineOutput, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** Shows the present state. */
  show(text: string): void {
    if (text === this.#shown) return;
    if (this.#output.isTTY === true) this.#output.write(`\r\u001b[K${text}`);
    else if (this.#now() - this.#shownAtMs < QUIET_MS) return;
    else this.#output.write(`${text}\n`);
    this.#shown = text;
    this.#shownAtMs = this.#now();
  }

  /** Writes a line that stays. */
  say(text: string): void {
    if (this.#output.isTTY === true && this.#shown !== '') this.#output.write('\r\u001b[K');
    this.#output.write(`${text}\n`);
    this.#shown = '';
  }
}
