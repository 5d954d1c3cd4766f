import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** How the proxy treats what it is asked for. */
export type ProxyBehaviour = 'forward' | 'refuse' | 'silent';

/** One thing that the proxy was asked for: `CONNECT host:port` or `GET http://host/path`. */
export interface ProxiedRequest {
  readonly line: string;
  readonly authorization: string | undefined;
}

/** A name that only the proxy can resolve: to this machine. What is on this machine by its own names never goes through a proxy. */
const ELSEWHERE = 'elsewhere.test';

/**
 * An HTTP proxy on a free port of 127.0.0.1 that tunnels and forwards, and remembers what it was asked for. A server on this machine is
 * reached through it under the name that `behindProxy` gives.
 */
export class ConnectProxy implements AsyncDisposable {
  readonly requests: ProxiedRequest[] = [];
  behaviour: ProxyBehaviour = 'forward';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((request, response) => this.#forward(request, response));
    this.#server.on('connect', (request: IncomingMessage, client: Socket) => this.#tunnel(request, client));
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(request: IncomingMessage, client: Socket): void {
    this.#remember(request);
    if (this.behaviour === 'silent') return;
    if (this.behaviour === 'refuse') {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const [host = '', port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), resolved(host), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    this.#track(upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    this.#remember(request);
    // What is addressed to the proxy itself goes no further.
    const { 'proxy-authorization': _credentials, 'proxy-connection': _connection, ...headers } = request.headers;
    const url = new URL(request.url ?? '');
    url.hostname = resolved(url.hostname);
    const upstream = forward(url, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.writeHead(502).end());
    request.pipe(upstream);
  }

  #remember(request: IncomingMessage): void {
    this.requests.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers['proxy-authorization'],
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}

/** The URL of a server on this machine by a name that only the proxy can resolve. Certificates of `TestAuthority` are valid for it. */
export function behindProxy(url: URL): URL {
  const elsewhere = new URL(url);
  elsewhere.hostname = ELSEWHERE;
  return elsewhere;
}

function resolved(host: string): string {
  return host === ELSEWHERE ? '127.0.0.1' : host;
}
