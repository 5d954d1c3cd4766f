import type { Readable } from 'node:stream';
import { type Clock, sleepOn } from '../async/clock.ts';
import { type BodyChunksOptions, silentBody } from './body-chunks.ts';
import { classifyTransport } from './classify-kube.ts';

/** How a body is read in gathers. */
export interface BodyGathersOptions extends BodyChunksOptions {
  /** Longest time that what comes is left waiting, in milliseconds. */
  readonly gatherMs: number;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
}

/** As much may wait: a connection holds a few hundred kB, and an API server gives up on who does not read. */
const MOST_WAITING_BYTES = 256 * 1024;
/** A shorter rest saves nothing. */
const LEAST_REST_MS = 20;

/**
 * The chunks of a response's body like `bodyChunks`, for whoever is in no hurry: what has come is taken together, and then the connection is
 * left unread for a while. Each arrival that wakes a process costs it more than reading does, and the tenth event of ten in a row is read in a
 * fraction of the time of one alone.
 *
 * The rest is shorter the more comes, and none where much does, so that the server is never kept waiting. A body that ends or breaks in a rest is
 * noticed at its end, an abort at once. The body must be one that stops its connection when it is paused: `HOLDS_BACK` of its request.
 */
export async function* bodyGathers(
  body: Readable,
  options: BodyGathersOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const { idleMs, gatherMs, clock } = options;
  const waiting = new Waiting(body);
  let [sinceMs, bytes] = [clock.monotonicMs(), 0];
  try {
    for (;;) {
      body.resume();
      const cancel = clock.setTimer(idleMs, () => body.destroy(silentBody(idleMs)));
      await waiting.something().finally(cancel);
      for (let known = -1; known < waiting.bytes && waiting.bytes < MOST_WAITING_BYTES;) {
        known = waiting.bytes;
        await aTurn();
      }
      body.pause();
      const gathered = waiting.take();
      if (gathered.length > 0) yield gathered;
      else if (waiting.isOver) return;
      bytes += gathered.length;
      // More waits.
      if (gathered.length >= MOST_WAITING_BYTES || waiting.isOver) continue;
      const nowMs = clock.monotonicMs();
      const restMs = restAfter({ bytes, ms: nowMs - sinceMs }, gatherMs);
      [sinceMs, bytes] = [nowMs, 0];
      if (restMs > 0) await sleepOn(clock, restMs, signal);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : classifyTransport(error);
  } finally {
    body.destroy();
  }
}

/** Bytes that a body, and its connection, take after it is paused: by default 64 KiB and 16 more, and each arrival of them wakes the process. */
export const HOLDS_BACK = 1;

/** How long what comes may wait, in milliseconds, when this much came in this time. */
export function restAfter({ bytes, ms }: { readonly bytes: number; readonly ms: number }, gatherMs: number): number {
  const fullInMs = (MOST_WAITING_BYTES / bytes) * ms;
  return fullInMs < LEAST_REST_MS ? 0 : Math.min(gatherMs, fullInMs);
}

/** What has come of a body and was not taken yet. */
class Waiting {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #end: { readonly error: unknown } | undefined;
  #tell: () => void = () => undefined;

  /** The body is paused. */
  constructor(body: Readable) {
    const end = (error?: unknown): void => {
      this.#end ??= { error };
      this.#tell();
    };
    body.pause();
    body.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      // A fast connection brings megabytes in one turn.
      if (this.#bytes >= MOST_WAITING_BYTES) body.pause();
      this.#tell();
    });
    body.once('end', () => end());
    // Not only once: an error that nobody listens to ends the process.
    body.on('error', end);
    body.once('close', () => end(new Error('the connection was closed in the middle of an answer')));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when something waits, or the body has ended. */
  async something(): Promise<void> {
    if (this.#bytes > 0 || this.#end !== undefined) return;
    await new Promise<void>((resolve) => (this.#tell = resolve));
  }

  /** All of it, once; when nothing waits any more, throws what broke the body. */
  take(): Buffer {
    const chunks = this.#chunks;
    if (chunks.length === 0 && this.#end?.error !== undefined) throw classifyTransport(this.#end.error);
    this.#chunks = [];
    this.#bytes = 0;
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }
}

/** In which what has arrived is read: callbacks of sockets come before this one. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
