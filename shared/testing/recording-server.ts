import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyPair } from './test-authority.ts';

/** One request that a recording server got, read to its end. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The client's port: two requests with the same one shared a connection. */
  readonly port: number;
}

/** As long as kube-apiserver and the usual load balancers keep an idle connection, or shorter. */
const KEEP_ALIVE_MS = 60_000;

/** What a recording server does with a request. Leaving the response open makes the client wait. */
export type Reaction = (request: RecordedRequest, response: ServerResponse) => void;

/** An HTTP or HTTPS server on a free port of 127.0.0.1 that keeps every request and answers as the test says. */
export class RecordingServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** The answer to every request. Default: an empty 500, so that a forgotten reaction shows. */
  react: Reaction = (_, response) => response.writeHead(500).end();
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: 'http' | 'https';
  readonly #sockets = new Set<Socket>();

  private constructor(tls?: KeyPair) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#take(request, response);
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined ? createServer(listener) : createTlsServer({ cert: tls.certPem, key: tls.keyPem }, listener);
    // Node's own 5 s would make every client that is idle for longer connect anew, as no server that matters does.
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Starts a server, with TLS when a certificate is given. */
  static async start(tls?: KeyPair): Promise<RecordingServer> {
    const server = new RecordingServer(tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The last request. Throws when there was none. */
  get last(): RecordedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('the server got no request');
    return request;
  }

  /** Ends every connection and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The client went away in the middle of its request.
      return;
    }
    const { method = '', url = '', headers, socket } = request;
    const recorded = { method, url, headers, body: Buffer.concat(chunks), port: socket.remotePort ?? 0 };
    this.requests.push(recorded);
    this.react(recorded, response);
  }
}
