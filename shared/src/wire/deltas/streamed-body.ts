import { constants, createGzip, type Gzip } from 'node:zlib';
import type { Clock } from '../../async/clock.ts';

/** A sixth smaller than 4 in the same time; 6 takes four times as long for another fifteenth. What it takes is taken on another thread. */
export const GZIP_LEVEL = 5;

const SPACE = Buffer.from('\n');

/** What a streamed body needs. */
export interface StreamedBodyOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** So long nobody may take a byte of what waits, in milliseconds. */
  readonly stallMs: number;
  /** So long it may take until a body of so many bytes is answered, once its end is written: most of it may be under way by then. */
  readonly answerMs: (bytes: number) => number;
  /** Called when it was longer. */
  readonly onStalled: () => void;
}

/** The gzip body of a request that is written piece by piece, as fast as the other end takes it. */
export class StreamedBody {
  readonly #options: StreamedBodyOptions;
  readonly #gzip: Gzip = createGzip({ level: GZIP_LEVEL });
  #bytes = 0;
  #isOver = false;
  #cancelWatch: () => void = () => {};

  constructor(options: StreamedBodyOptions) {
    this.#options = options;
    this.#gzip.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.byteLength;
    });
    // Until somebody reads it: a listener for `data` lets it flow.
    this.#gzip.pause();
    // Whoever reads it is told as well; without a listener here the process would end of it.
    this.#gzip.on('error', () => this.#over());
    this.#gzip.on('close', () => this.#over());
  }

  /** What the request sends. */
  get readable(): Gzip {
    return this.#gzip;
  }

  /** Compressed bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes on. Resolves when there is room for more, or when the body is over. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isOver || this.#gzip.writableEnded || this.#gzip.write(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock, stallMs, onStalled } = this.#options;
    const cancel = clock.setTimer(stallMs, onStalled);
    this.#gzip.once('drain', resolve);
    this.#gzip.once('close', resolve);
    await promise;
    cancel();
    this.#gzip.off('drain', resolve);
    this.#gzip.off('close', resolve);
  }

  /** A space of JSON, out at once: whoever sits in between may close what is silent for a minute. */
  keepAlive(): void {
    if (this.#isOver || this.#gzip.writableEnded || this.#gzip.writableNeedDrain) return;
    this.#gzip.write(SPACE);
    this.#gzip.flush(constants.Z_SYNC_FLUSH);
  }

  /** Nothing follows. */
  end(): void {
    if (this.#isOver || this.#gzip.writableEnded) return;
    const { clock, stallMs, answerMs, onStalled } = this.#options;
    this.#cancelWatch = clock.setTimer(stallMs + answerMs(this.#bytes), onStalled);
    this.#gzip.end();
  }

  /** The request is over, whatever it came to. */
  destroy(): void {
    this.#cancelWatch();
    this.#gzip.destroy();
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
  }
}
