import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyPair } from '@castai/shared/testing/test-authority.ts';

/** A request that went through, and what came of it. */
export interface WitnessedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: string;
  /** The body, if it was JSON. */
  readonly body: unknown;
  /** Value of the header, with the token. */
  readonly authorization: string;
  /** HTTP status; 0 as long as there is none. */
  status: number;
  /** The answer was given back to the client. */
  isAnswered: boolean;
}

/** What is done with a request. `lose`: it is carried out, and the connection ends without the answer. A number: that status, and nothing is carried out. */
export type Judgement = 'pass' | 'lose' | number;

/** Where it forwards to. */
export interface WitnessOptions {
  /** What it shows to its clients. */
  readonly tls: KeyPair;
  /** Address of the API server. */
  readonly url: string;
  /** PEM text of its CA. */
  readonly ca: string;
}

const NOT_WRITTEN = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Stands between a program and an API server, real or not, and keeps what is asked: what a program did to a cluster is read from here and not
 * from what it says of itself. `before` and `after` are hooks in which the world changes between two requests.
 */
export class ApiWitness implements AsyncDisposable {
  readonly requests: WitnessedRequest[] = [];
  before: (request: WitnessedRequest) => Judgement | Promise<Judgement> = () => 'pass';
  after: (request: WitnessedRequest) => void | Promise<void> = () => undefined;
  readonly #options: WitnessOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Starts it on a free port. */
  static async start(options: WitnessOptions): Promise<ApiWitness> {
    const witness = new ApiWitness(options);
    witness.#server.listen(0, '127.0.0.1');
    await once(witness.#server, 'listening');
    return witness;
  }

  private constructor(options: WitnessOptions) {
    this.#options = options;
    const { certPem: cert, keyPem: key } = options.tls;
    this.#server = createServer({ cert, key }, (request, response) => {
      this.#take(request, response).catch(() => response.destroy());
    });
    this.#server.on('secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What changed something or was to, dry runs not among it. */
  get writes(): WitnessedRequest[] {
    return this.requests.filter(({ method, query }) => !NOT_WRITTEN.has(method) && !query.includes('dryRun'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = Buffer.concat(await incoming.toArray());
    const { method = '', url = '', headers } = incoming;
    const [path = '', query = ''] = url.split('?');
    const { authorization = '' } = headers;
    const kept: WitnessedRequest = {
      method,
      path,
      query,
      authorization,
      body: parseJson(bytes),
      status: 0,
      isAnswered: false,
    };
    this.requests.push(kept);
    const judgement = await this.before(kept);
    if (typeof judgement === 'number') {
      kept.status = judgement;
      kept.isAnswered = true;
      response.writeHead(judgement).end();
      return;
    }
    const answer = await this.#forward(incoming, bytes);
    kept.status = answer.status;
    await this.after(kept);
    if (judgement === 'lose') {
      response.socket?.destroy();
      return;
    }
    kept.isAnswered = true;
    response.writeHead(answer.status, answer.headers).end(answer.bytes);
  }

  async #forward(
    { method, url, headers }: IncomingMessage,
    bytes: Buffer,
  ): Promise<{ status: number; headers: Record<string, string>; bytes: Buffer }> {
    const outgoing = forward(`${this.#options.url}${url ?? ''}`, {
      ...(method === undefined ? {} : { method }),
      headers: { ...headers, host: new URL(this.#options.url).host },
      ca: this.#options.ca,
    });
    outgoing.end(bytes);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const all = Buffer.concat(await answer.toArray());
    const kept = Object.entries(answer.headers).filter(
      (header): header is [string, string] =>
        typeof header[1] === 'string' && !['connection', 'transfer-encoding', 'content-length'].includes(header[0]),
    );
    return { status: answer.statusCode ?? 0, headers: Object.fromEntries(kept), bytes: all };
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}
