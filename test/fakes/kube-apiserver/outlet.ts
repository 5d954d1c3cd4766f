import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { rawSocketOf } from './listener.ts';
import { resetSocket } from '@castai/shared/testing/reset-socket.ts';

/** Header fields of an answer. */
export type Headers = Readonly<Record<string, string>>;

/**
 * Where one answer goes. Handlers write whole frames (a watch event, a piece of a list), so that a fault can stand
 * between them and the socket and count, drop, double or cut frames.
 */
export interface Outlet {
  /** Sends status and header now, without waiting for a body. */
  head(status: number, headers: Headers): void;
  /** Takes one frame. */
  write(frame: Buffer): void;
  /** Ends the answer properly. */
  end(): void;
  /** Aborts the connection with RST. */
  reset(): void;
  /** Ends the connection with FIN in the middle of the answer. */
  cut(): void;
  /** Bytes written that the kernel has not taken. */
  readonly pendingBytes: number;
  /** Whether the client has gone or the answer is complete. */
  readonly isClosed: boolean;
  /** Settles when the kernel has taken what was written, or the connection has ended. */
  drained(): Promise<void>;
  /** Calls back once when the answer is complete or the client has gone. */
  onClose(callback: () => void): void;
}

/** An answer on a real connection. */
export class HttpOutlet implements Outlet {
  readonly #response: ServerResponse;
  readonly #socket: Socket | null;
  /** The TLS layer of the same, or the same. */
  readonly #above: Socket | null;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#above = response.socket;
    this.#socket = response.socket === null ? null : rawSocketOf(response.socket);
    // The client may be gone while something is still written; its end is seen through "close".
    response.on('error', () => undefined);
  }

  head(status: number, headers: Headers): void {
    if (this.isClosed) return;
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  write(frame: Buffer): void {
    if (!this.isClosed) this.#response.write(frame);
  }

  end(): void {
    if (!this.isClosed) this.#response.end();
  }

  reset(): void {
    resetSocket(this.#socket, this.#above);
  }

  cut(): void {
    // Not response.end(): that would send the last chunk, and the client would see a complete answer.
    this.#socket?.end(() => this.#socket?.destroy());
  }

  get pendingBytes(): number {
    return this.#response.writableLength;
  }

  get isClosed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded || this.#socket?.destroyed !== false;
  }

  async drained(): Promise<void> {
    if (this.isClosed || !this.#response.writableNeedDrain) return;
    const aborted = new AbortController();
    const { signal } = aborted;
    await Promise.race([once(this.#response, 'drain', { signal }), once(this.#response, 'close', { signal })]).finally(
      () => aborted.abort(),
    );
  }

  onClose(callback: () => void): void {
    if (this.#response.destroyed) callback();
    else this.#response.once('close', callback);
  }
}

/** Sends a JSON answer in one piece. */
export function sendJson(outlet: Outlet, status: number, answer: { body: unknown; headers?: Headers }): void {
  send(outlet, status, {
    'content-type': 'application/json',
    body: `${JSON.stringify(answer.body)}\n`,
    ...answer.headers,
  });
}

/** Sends an answer piece by piece, at the pace of the client. */
export async function writePieces(outlet: Outlet, pieces: Iterable<Buffer>, headers: Headers): Promise<void> {
  outlet.head(200, headers);
  for (const piece of pieces) {
    if (outlet.isClosed) return;
    outlet.write(piece);
    await outlet.drained();
  }
  outlet.end();
}

/** Sends a line of text, as the server does where no API group is responsible. */
export function sendText(outlet: Outlet, status: number, text: string): void {
  send(outlet, status, { 'content-type': 'text/plain; charset=utf-8', body: `${text}\n` });
}

function send(outlet: Outlet, status: number, { body, ...headers }: Record<string, string> & { body: string }): void {
  const bytes = Buffer.from(body);
  outlet.head(status, { ...headers, 'content-length': String(bytes.length) });
  outlet.write(bytes);
  outlet.end();
}
