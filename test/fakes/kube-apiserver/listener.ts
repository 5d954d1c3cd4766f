import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { Server as TlsServer, createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetSocket } from '@castai/shared/testing/reset-socket.ts';

/** Where the server listens. */
export interface ListenerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** PEM texts; without them it is plain HTTP. May be replaced while running, for new connections. */
  readonly tls: ServerKeys | undefined;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A server certificate and its key. */
export interface ServerKeys {
  readonly key: string;
  readonly cert: string;
}

const STOP_GRACE_MS = 2000;
const RAW_SOCKETS = new WeakMap<Socket, Socket>();

/** The TCP connection that a request came on, which may have been told as its TLS layer. */
export function rawSocketOf(socket: Socket): Socket {
  return RAW_SOCKETS.get(socket) ?? socket;
}

/** A listening socket that can be closed and opened again on the same port, and that knows who is still connected. */
export class Listener {
  readonly #options: ListenerOptions;
  /** Those that are open, each with its TLS layer, or itself. */
  readonly #sockets = new Map<Socket, Socket>();
  readonly #active = new Map<ServerResponse, string>();
  #server: Server | undefined;
  #keys: ServerKeys | undefined;
  #port: number;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#keys = options.tls;
    this.#port = options.port;
  }

  /** Known once it has listened. */
  get port(): number {
    return this.#port;
  }

  /** Address without a trailing slash. */
  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open, idle ones included. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Accepts connections from now on. Does nothing when it does already. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const handle = (request: IncomingMessage, response: ServerResponse): void => this.#track(request, response);
    const settings = { keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 60_000, noDelay: true };
    const server =
      this.#keys === undefined
        ? createServer(settings, handle)
        : createTlsServer({ ...settings, ...this.#keys }, handle);
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // Only the connection below TLS can be aborted; the two know nothing of each other but their port.
    server.on('secureConnection', (secure: Socket) => {
      const raw = [...this.#sockets.keys()].find((socket) => socket.remotePort === secure.remotePort);
      if (raw === undefined) return;
      RAW_SOCKETS.set(secure, raw);
      this.#sockets.set(raw, secure);
      // A connection that is aborted while its TLS layer is closing would otherwise never be told to have ended.
      raw.once('close', () => secure.destroy());
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses new connections. Those that are open live on. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Aborts all connections with RST. */
  abortAll(): void {
    for (const [socket, above] of this.#sockets) resetSocket(socket, above);
  }

  /** Uses another certificate for connections made from now on. */
  replaceKeys(keys: ServerKeys): void {
    this.#keys = keys;
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(keys);
  }

  /**
   * Stops listening, waits 2 s for running requests to end and closes the rest. Throws an Error that names requests
   * which were still running: a client under test has leaked them.
   */
  async stop(): Promise<void> {
    this.refuse();
    for (let waited = 0; this.#active.size > 0 && waited < STOP_GRACE_MS; waited += 20) await sleep(20);
    const leaked = [...this.#active.values()];
    for (const socket of this.#sockets.keys()) socket.destroy();
    if (leaked.length > 0) {
      throw new Error(`the fake API server was stopped while requests were running: ${leaked.join(', ')}`);
    }
  }

  #track(request: IncomingMessage, response: ServerResponse): void {
    this.#active.set(response, `${request.method} ${request.url}`);
    response.once('close', () => this.#active.delete(response));
    this.#options.handle(request, response);
  }
}
