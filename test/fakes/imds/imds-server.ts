import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { resetSocket } from '@castai/shared/testing/reset-socket.ts';

/** What goes wrong with a request. Everything is plain JSON. */
export type ImdsFaultAction =
  /** Another answer instead of the real one. An object as body is sent as JSON. */
  | {
      readonly type: 'respond';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  /** Taken, never answered. */
  | { readonly type: 'hang' }
  /** The connection is aborted before the answer. */
  | { readonly type: 'reset' }
  /** The real answer, later: what it says is what was true when it was asked for. */
  | { readonly type: 'late'; readonly ms: number }
  /** The real answer without its end; `cut` also tears the connection. */
  | { readonly type: 'truncate'; readonly bytes: number; readonly cut?: true }
  /** 200 without a body. */
  | { readonly type: 'empty' };

/** One line of a fault plan. */
export interface ImdsFault {
  /** Start of the path; any unless told. */
  readonly path?: string;
  readonly method?: string;
  /** Lets so many fitting requests pass first; 0 unless told. */
  readonly skip?: number;
  /** Befalls so many requests and then no more; all unless told. */
  readonly times?: number;
  readonly action: ImdsFaultAction;
}

/** One request as it came in. */
export interface ImdsRequestRecord {
  /** Monotonic clock, in milliseconds. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's port: two requests with the same one shared a connection. */
  readonly port: number;
  /** When the answer was handed to the kernel, and what it was; absent while there is none. */
  answeredAtMs?: number;
  status?: number;
}

/** What a service answers. */
export interface ImdsReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A question to a service. */
export interface ImdsQuestion {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Every value of a query parameter that came more than once. */
  readonly duplicates: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Ends when the client goes away. */
  readonly signal: AbortSignal;
}

/** One of the three services. `undefined` leaves a request without an answer. */
export interface ImdsService {
  answer(question: ImdsQuestion): Promise<ImdsReply | undefined> | ImdsReply | undefined;
}

/** Where a fake listens. */
export interface ImdsServerOptions {
  readonly service: ImdsService;
  /** 0, a free one, unless told. */
  readonly port?: number;
  /** 127.0.0.1 unless told. */
  readonly host?: string;
  readonly clock?: Clock;
}

const MAX_RECORDS = 100_000;

/** An HTTP server for one of the fake services: it keeps a record of every request and misbehaves as told. */
export class ImdsServer implements AsyncDisposable {
  /** Every request since the start, oldest first. */
  readonly requests: ImdsRequestRecord[] = [];
  /** By how much the clock in the header `Date` is ahead; null sends no such header. */
  dateOffsetMs: number | null = 0;
  readonly #options: ImdsServerOptions;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  #faults: { readonly fault: ImdsFault; seen: number }[] = [];
  #server: Server | undefined;
  #port: number;

  constructor(options: ImdsServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#port = options.port ?? 0;
  }

  /** Address without a trailing slash. */
  get url(): string {
    return `http://${this.#options.host ?? '127.0.0.1'}:${this.#port}`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Arms faults behind those that are armed already. Returns a function that disarms these again. */
  fail(...faults: readonly ImdsFault[]): () => void {
    const added = faults.map((fault) => ({ fault, seen: 0 }));
    this.#faults.push(...added);
    return () => {
      this.#faults = this.#faults.filter((armed) => !added.includes(armed));
    };
  }

  /** Disarms all. */
  clearFaults(): void {
    this.#faults = [];
  }

  /** Takes connections from now on, on the port that it had. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers, socket } = request;
        const { pathname, searchParams } = new URL(url, 'http://imds');
        const record: ImdsRequestRecord = {
          atMs: this.#clock.monotonicMs(),
          method,
          path: pathname,
          query: Object.fromEntries(searchParams),
          headers,
          body: Buffer.concat(chunks).toString(),
          port: socket.remotePort ?? 0,
        };
        this.requests.push(record);
        if (this.requests.length > MAX_RECORDS) this.requests.splice(0, MAX_RECORDS / 2);
        void this.#respond(record, searchParams, response);
      });
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
    server.listen(this.#port, this.#options.host ?? '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on, and tears those that there are. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) resetSocket(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
  }

  #take({ path, method }: ImdsRequestRecord): ImdsFaultAction | undefined {
    for (const armed of this.#faults) {
      const { fault } = armed;
      if (fault.path !== undefined && !path.startsWith(fault.path)) continue;
      if (fault.method !== undefined && fault.method !== method) continue;
      armed.seen += 1;
      const nth = armed.seen - (fault.skip ?? 0);
      if (nth >= 1 && nth <= (fault.times ?? Infinity)) return fault.action;
    }
    return undefined;
  }

  async #respond(record: ImdsRequestRecord, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const action = this.#take(record);
    if (action?.type === 'hang') return;
    if (action?.type === 'reset') {
      resetSocket(response.socket);
      return;
    }
    let reply: ImdsReply | undefined;
    if (action?.type === 'respond') {
      const body = typeof action.body === 'string' ? action.body : (JSON.stringify(action.body) ?? '');
      reply = { status: action.status, body, ...(action.headers === undefined ? {} : { headers: action.headers }) };
    } else if (action?.type === 'empty') {
      reply = { status: 200, body: '' };
    } else {
      reply = await this.#options.service.answer({
        method: record.method,
        path: record.path,
        query,
        duplicates: [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1),
        headers: record.headers,
        body: record.body,
        signal: gone.signal,
      });
    }
    if (action?.type === 'late') await this.#clock.sleep(action.ms, gone.signal).catch(() => undefined);
    if (reply === undefined || gone.signal.aborted) return;
    this.#send(record, reply, { response, truncate: action?.type === 'truncate' ? action : undefined });
  }

  #send(
    record: ImdsRequestRecord,
    reply: ImdsReply,
    {
      response,
      truncate,
    }: { response: ServerResponse; truncate: Extract<ImdsFaultAction, { type: 'truncate' }> | undefined },
  ): void {
    const body = Buffer.from(reply.body).subarray(0, truncate?.bytes ?? Infinity);
    // A truncated answer that keeps its length ends in the middle for the client; one with a new length is well-formed HTTP.
    const length = truncate?.cut === true ? Buffer.byteLength(reply.body) : body.length;
    response.sendDate = false;
    response.writeHead(reply.status, {
      ...(this.dateOffsetMs === null ? {} : { date: new Date(this.#clock.now() + this.dateOffsetMs).toUTCString() }),
      'content-length': length,
      ...reply.headers,
    });
    record.status = reply.status;
    if (truncate?.cut === true) response.write(body, () => response.socket?.destroy());
    else response.end(body);
    record.answeredAtMs = this.#clock.monotonicMs();
  }
}
