import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { resetSocket } from './reset-socket.ts';

/** An item as a receiver reads it. */
export interface ReceivedItem {
  readonly event: string;
  readonly kind: string;
  readonly data: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
  };
  readonly createdAt: string;
}

/** A request that was read to its end. */
export interface ReceivedDelta {
  readonly token: string | undefined;
  readonly fullSnapshot: boolean;
  readonly items: readonly ReceivedItem[];
  /** As it came. */
  readonly bytes: number;
  readonly status: number;
}

/**
 * What a receiver does with the next request in another way than the API says: `refuse` answers with this status and body before anything
 * is applied; `hold` answers only when that is over; `cutAt` closes the connection after so many bytes of the body; `loseAnswer` applies it,
 * and closes the connection; `slowly` reads so many bytes in a second; `limit` answers 413 in the middle of more bytes than that, as proxies do.
 */
export type ReceiverFault =
  | {
      readonly refuse: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly cutAt: number }
  | { readonly slowly: number }
  | { readonly limit: number }
  | { readonly hold: Promise<void> }
  | { readonly loseAnswer: true };

/** A request that was read to its end; its body as it is without its compression. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Who looks at every request before it is taken: what breaks a rule is answered with a 422. */
export interface ReceiverRules {
  problemsOf(request: SeenRequest): readonly string[];
  /** A token was given out. */
  gave(token: string): void;
}

/** The smallest server of the public API's `agent-deltas`, with a memory for one cluster, and faults on request. */
export class DeltasReceiver implements AsyncDisposable {
  readonly requests: ReceivedDelta[] = [];
  /** By kind, namespace and name. */
  readonly objects = new Map<string, ReceivedItem['data']>();
  /** Objects that a full snapshot has removed, because they were not in it. */
  readonly swept: string[] = [];
  /** One for each of the next requests; undefined: none. */
  readonly faults: (ReceiverFault | undefined)[] = [];
  /** For every request for which there is no other. */
  always: ReceiverFault | undefined;
  /** What it says when it is asked for its wishes; a wish for everything is said once. */
  readonly wishes = { intervalSeconds: '15', resync: false };
  /** What requests have broken of the rules, if there are any. */
  readonly violations: string[] = [];
  /** Requests that did not come to their end. */
  broken = 0;
  /** Compressed bytes of bodies that have arrived. */
  arrived = 0;
  token = '';
  #tokens = 0;
  readonly #server: Server;
  readonly #rules: ReceiverRules | undefined;

  private constructor(rules: ReceiverRules | undefined) {
    this.#rules = rules;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Listens on a free port. */
  static async start(rules?: ReceiverRules): Promise<DeltasReceiver> {
    const receiver = new DeltasReceiver(rules);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  /** Forgets the token that it gave out last. */
  forgetToken(): void {
    this.token = 'nobody has this one';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    const { url = '' } = request;
    const isDelta = url.endsWith('/agent-deltas');
    const fault = isDelta ? (this.faults.length > 0 ? this.faults.shift() : this.always) : undefined;
    try {
      const { body, bytes } = await (isDelta ? this.#read(request, response, fault) : readPlain(request));
      if (response.headersSent) return;
      if (this.#isBroken(request, body)) {
        json(response.writeHead(422), { message: this.violations.at(-1) });
        return;
      }
      if (fault !== undefined && 'hold' in fault) await fault.hold;
      if (isDelta) this.#answer({ body, bytes, fault, token: headerOf(request, 'continuity-token') }, response);
      else this.#answerOther(url, response);
    } catch {
      this.broken += 1;
      request.socket.destroy();
    }
  }

  #isBroken({ method = '', url = '', headers }: IncomingMessage, body: Uint8Array): boolean {
    // What is asked of another API is answered by nobody, and not judged.
    const problems = url.startsWith('/v1/') ? this.#rules?.problemsOf({ method, url, headers, body }) : undefined;
    if (problems === undefined) return false;
    this.violations.push(...problems);
    return problems.length > 0;
  }

  #answerOther(url: string, response: ServerResponse): void {
    if (url === '/v1/kubernetes/external-clusters') {
      json(response, { id: 'cluster-1', organizationId: 'org-1' });
    } else if (url.endsWith('/agent-config')) {
      json(response, { ...this.wishes });
      this.wishes.resync = false;
    } else {
      response.writeHead(404).end();
    }
  }

  async #read(request: IncomingMessage, response: ServerResponse, fault: ReceiverFault | undefined): Promise<ReadBody> {
    const gunzip = createGunzip();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      this.arrived += chunk.byteLength;
      if (fault === undefined) return;
      if ('cutAt' in fault && bytes >= fault.cutAt) resetSocket(request.socket);
      if ('limit' in fault && bytes > fault.limit && !response.headersSent) response.writeHead(413).end('too large');
    });
    request.on('aborted', () => gunzip.destroy(new Error('the request was cut')));
    const chunks: Buffer[] = [];
    const source = fault !== undefined && 'slowly' in fault ? request.pipe(slowed(fault.slowly)) : request;
    for await (const chunk of source.pipe(gunzip)) chunks.push(chunk as Buffer);
    return { body: Buffer.concat(chunks), bytes };
  }

  #answer({ body, bytes, fault, token }: Seen, response: ServerResponse): void {
    const { fullSnapshot, items } = JSON.parse(body.toString()) as { fullSnapshot: boolean; items: ReceivedItem[] };
    const refusal = fault !== undefined && 'refuse' in fault ? fault : undefined;
    const isStale = !fullSnapshot && token !== this.token;
    const status = refusal?.refuse ?? (isStale ? 400 : 204);
    this.requests.push({ token, fullSnapshot, items, bytes, status });
    if (refusal !== undefined) {
      response.writeHead(refusal.refuse, refusal.headers).end(refusal.body);
    } else if (isStale) {
      json(response.writeHead(400), { message: 'invalid continuity token' });
    } else {
      this.#apply(fullSnapshot, items);
      if (fault !== undefined && 'loseAnswer' in fault) resetSocket(response.socket);
      else response.writeHead(204, { 'continuity-token': this.token }).end();
    }
  }

  #apply(fullSnapshot: boolean, items: readonly ReceivedItem[]): void {
    const before = fullSnapshot ? [...this.objects.keys()] : [];
    if (fullSnapshot) this.objects.clear();
    for (const { event, kind, data } of items) {
      const { namespace = '', name } = data.metadata;
      const key = `${kind} ${namespace}/${name}`;
      if (event === 'delete') this.objects.delete(key);
      else this.objects.set(key, data);
    }
    this.swept.push(...before.filter((key) => !this.objects.has(key)));
    this.#tokens += 1;
    this.token = `token-${this.#tokens}`;
    this.#rules?.gave(this.token);
  }
}

interface ReadBody {
  readonly body: Buffer;
  /** As they came. */
  readonly bytes: number;
}

interface Seen extends ReadBody {
  readonly fault: ReceiverFault | undefined;
  readonly token: string | undefined;
}

function slowed(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => done(null, chunk), (chunk.byteLength / bytesPerSecond) * 1000);
    },
  });
}

async function readPlain(request: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { body, bytes: body.byteLength };
}

function json(response: ServerResponse, body: object): void {
  if (!response.headersSent) response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
