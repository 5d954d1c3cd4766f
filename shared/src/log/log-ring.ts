import type { LineSink } from './log-output.ts';

/** How much is remembered. */
export interface LogRingBounds {
  readonly lines: number;
  /** Counted as characters: lines are ASCII but for what others said. */
  readonly bytes: number;
}

/**
 * The latest lines of a log, as they were written: without secrets. Bounded in lines and in bytes, so that a program on every node can
 * afford it; the oldest go first.
 */
export class LogRing implements LineSink {
  readonly #bounds: LogRingBounds;
  readonly #listeners = new Set<(line: string) => void>();
  #lines: string[] = [];
  /** Place of the oldest line: to move all of them for each new one would cost more than the line. */
  #first = 0;
  #bytes = 0;

  constructor(bounds: LogRingBounds) {
    this.#bounds = bounds;
  }

  /** Takes a line with its newline. One that is larger than all that may be remembered pushes out the others and itself. */
  write(line: string): void {
    this.#lines.push(line);
    this.#bytes += line.length;
    while (this.#lines.length - this.#first > this.#bounds.lines || this.#bytes > this.#bounds.bytes) {
      this.#bytes -= this.#lines[this.#first]?.length ?? 0;
      this.#lines[this.#first] = '';
      this.#first += 1;
    }
    if (this.#first > this.#bounds.lines) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
    for (const listener of this.#listeners) listener(line);
  }

  /** What is known, the oldest first, each with its newline. */
  get text(): string {
    return this.#lines.slice(this.#first).join('');
  }

  /** Hears of every line from now on, in the call that writes it; must neither throw nor write to the log. What is returned ends it. */
  listen(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
