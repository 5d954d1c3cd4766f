import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';

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
 * is applied; `hold` answers only when that is over; `cutAt` closes the connection after so many bytes of the body; `loseAnswer` applies it, and closes the connection.
 */
export type ReceiverFault =
  | {
      readonly refuse: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly cutAt: number }
  | { readonly hold: Promise<void> }
  | { readonly loseAnswer: true };

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
  /** Requests that did not come to their end. */
  broken = 0;
  /** Compressed bytes of bodies that have arrived. */
  arrived = 0;
  token = '';
  #tokens = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Listens on a free port. */
  static async start(): Promise<DeltasReceiver> {
    const receiver = new DeltasReceiver();
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
    if (request.url === '/v1/kubernetes/external-clusters') {
      request.resume();
      json(response, { id: 'cluster-1', organizationId: 'org-1' });
      return;
    }
    if (request.url?.endsWith('/agent-config') === true) {
      request.resume();
      json(response, { ...this.wishes });
      this.wishes.resync = false;
      return;
    }
    if (request.url?.endsWith('/agent-deltas') !== true) {
      request.resume();
      response.writeHead(404).end();
      return;
    }
    const fault = this.faults.length > 0 ? this.faults.shift() : this.always;
    try {
      const { text, bytes } = await this.#read(request, fault);
      if (fault !== undefined && 'hold' in fault) await fault.hold;
      this.#answer({ text, bytes, fault, token: headerOf(request, 'continuity-token') }, response);
    } catch {
      this.broken += 1;
      request.socket.destroy();
    }
  }

  async #read(request: IncomingMessage, fault: ReceiverFault | undefined): Promise<{ text: string; bytes: number }> {
    const gunzip = createGunzip();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      this.arrived += chunk.byteLength;
      if (fault !== undefined && 'cutAt' in fault && bytes >= fault.cutAt) request.socket.resetAndDestroy();
    });
    request.on('aborted', () => gunzip.destroy(new Error('the request was cut')));
    const chunks: Buffer[] = [];
    for await (const chunk of request.pipe(gunzip)) chunks.push(chunk as Buffer);
    return { text: Buffer.concat(chunks).toString(), bytes };
  }

  #answer(
    {
      text,
      bytes,
      fault,
      token,
    }: { text: string; bytes: number; fault: ReceiverFault | undefined; token: string | undefined },
    response: ServerResponse,
  ): void {
    const { fullSnapshot, items } = JSON.parse(text) as { fullSnapshot: boolean; items: ReceivedItem[] };
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
      if (fault !== undefined && 'loseAnswer' in fault) response.socket?.resetAndDestroy();
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
  }
}

function json(response: ServerResponse, body: object): void {
  if (!response.headersSent) response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
