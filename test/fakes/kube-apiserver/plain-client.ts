import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';

/** A JSON value whose fields are read without ceremony: what is asserted are whole values. */
export interface Json {
  readonly [field: string]: unknown;
}

/** A Kubernetes object as far as tests read it. */
export interface PlainObject extends Json {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Record<string, string>;
    readonly [field: string]: unknown;
  };
}

/** An answer that is complete. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The decoded body; an Error is thrown when it is not JSON. */
  json(): Json;
}

/** The answer to a list. */
export interface ListAnswer {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly PlainObject[];
}

/** One line of a watch. */
export interface PlainEvent {
  readonly type: string;
  readonly object: PlainObject;
}

/** What can be said about a request besides method and path. */
export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bearer token in place of the usual one; null sends none. */
  readonly token?: string | null;
}

const ANSWER_TIMEOUT_MS = 60_000;

/** A client of an API server with none of our code in it: no retries, no interpretation, what is asserted is what was answered. */
export class PlainClient {
  readonly #url: string;
  readonly #token: string;
  readonly #dispatcher: Dispatcher;

  constructor({ url, ca, token }: { url: string; ca?: string | undefined; token: string }) {
    this.#url = url;
    this.#token = token;
    this.#dispatcher = new Agent({
      connect: ca === undefined ? {} : { ca },
      allowH2: false,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
  }

  /** Sends one request and reads the whole answer. */
  async call(method: Dispatcher.HttpMethod, path: string, options: CallOptions = {}): Promise<Answer> {
    const { statusCode, headers, body } = await this.#request(method, path, options);
    const bytes = Buffer.from(await body.arrayBuffer());
    const text = bytes.toString();
    return { status: statusCode, headers, text, bytes, json: () => JSON.parse(text) as Json };
  }

  /** Sends one request that has to succeed and gives the decoded body. Throws an Error for a status of 300 or above. */
  async must<T = PlainObject>(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.json() as T;
  }

  /** Gets a list, which has to succeed. */
  list(path: string): Promise<ListAnswer> {
    return this.must<ListAnswer>('GET', path);
  }

  /** Opens a watch; `watch=1` is added to the query. */
  async watch(path: string, options: CallOptions = {}): Promise<ContractWatch> {
    const separator = path.includes('?') ? '&' : '?';
    return new ContractWatch(await this.#request('GET', `${path}${separator}watch=1`, options));
  }

  /** Closes all connections at once. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #request(method: Dispatcher.HttpMethod, path: string, options: CallOptions): Promise<Dispatcher.ResponseData> {
    const { body, headers = {}, token = this.#token } = options;
    return request(`${this.#url}${path}`, {
      dispatcher: this.#dispatcher,
      method,
      headers: {
        accept: 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType(method, body) }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }
}

function contentType(method: string, body: unknown): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

/** How a watch ended, as undici tells it. */
export type WatchEnd = 'clean' | 'broken';

/** A watch that is read in the background, so that nothing depends on when a test looks. */
export class ContractWatch implements AsyncDisposable {
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly events: PlainEvent[] = [];
  /** Resolves when the server ends the watch, or the connection breaks. */
  readonly ended: Promise<WatchEnd>;
  readonly #body: Dispatcher.ResponseData['body'];
  #rest = '';
  #gate: PromiseWithResolvers<void> | undefined;

  constructor({ statusCode, headers, body }: Dispatcher.ResponseData) {
    this.status = statusCode;
    this.headers = headers;
    this.#body = body;
    this.ended = this.#read();
  }

  /** Waits for so many events and gives them all. Throws an Error after 20 s. */
  async take(count: number): Promise<readonly PlainEvent[]> {
    return this.until((events) => events.length >= count);
  }

  /** Waits until the events fulfil a condition and gives them all. Throws an Error after 20 s. */
  async until(condition: (events: readonly PlainEvent[]) => boolean): Promise<readonly PlainEvent[]> {
    for (let waited = 0; waited < 20_000; waited += 10) {
      if (condition(this.events)) return this.events;
      await sleep(10);
    }
    throw new Error(`the watch did not get there; it saw ${this.types().join(' ') || 'nothing'}`);
  }

  /** The types of all events so far. */
  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Text after the last line, and the body of a refused watch. */
  get rest(): string {
    return this.#rest;
  }

  /** Stops reading, so that the server cannot send any more. */
  pause(): void {
    this.#gate = Promise.withResolvers();
  }

  /** Reads on. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.#body.destroy();
    await this.ended;
  }

  async #read(): Promise<WatchEnd> {
    this.#body.setEncoding('utf8');
    try {
      for await (const chunk of this.#body as AsyncIterable<string>) {
        const lines = (this.#rest + chunk).split('\n');
        this.#rest = lines.pop() ?? '';
        if (this.status === 200) this.events.push(...lines.map((line) => JSON.parse(line) as PlainEvent));
        else this.#rest = [...lines, this.#rest].join('\n');
        await this.#gate?.promise;
      }
      return 'clean';
    } catch {
      return 'broken';
    }
  }
}
