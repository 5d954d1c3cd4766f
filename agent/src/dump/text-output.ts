/** As much of a stream of the process as is written to. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Beyond this it is written: few calls for many short lines. */
const BLOCK_LENGTH = 64 * 1024;

/**
 * Text for whoever reads our output, at the speed at which they read. A reader that goes away (`| head`) makes every later write reject
 * with the error of the stream, whose code is then `EPIPE`.
 */
export class TextOutput {
  readonly #stream: OutputStream;
  #waiting: string[] = [];
  #length = 0;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    // The callback of the write has it as well; without a listener it would end the process as a bug.
    stream.on('error', () => {});
  }

  /** Writes it sometime, at the latest with `flush`. */
  async write(text: string): Promise<void> {
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length >= BLOCK_LENGTH) await this.flush();
  }

  /** Writes all that waits. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#length = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(text, (error) => (error === undefined || error === null ? resolve() : reject(error)));
    await promise;
  }
}
