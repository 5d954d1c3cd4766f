import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { type Clock, systemClock } from '@castai/shared/async/clock.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { resetSocket } from '@castai/shared/testing/reset-socket.ts';

/** Which way bytes go: `up` from client to server, `down` back. */
type Direction = 'up' | 'down';

/** What the network between client and server does at the moment. A direction that is not named means both. */
export type ProxyMode =
  /** Nothing. */
  | { readonly type: 'pass' }
  /** Bytes arrive later, in order, without making the line narrower. */
  | { readonly type: 'latency'; readonly ms: number; readonly jitterMs?: number; readonly direction?: Direction }
  /** A narrow line. */
  | { readonly type: 'bandwidth'; readonly bytesPerSecond: number; readonly direction?: Direction }
  /** Bytes arrive in pieces of at most so many, each in a segment of its own. */
  | { readonly type: 'slice'; readonly bytes: number; readonly everyMs?: number; readonly direction?: Direction }
  /** Each connection ends after so many bytes, counted from the moment at which the mode begins. */
  | { readonly type: 'cut'; readonly afterBytes: number; readonly how: 'fin' | 'rst'; readonly direction: Direction }
  /** The bit of one byte is flipped, so many bytes after the mode began. */
  | { readonly type: 'corrupt'; readonly afterBytes: number; readonly direction: Direction }
  /** Bytes are taken and lost. */
  | { readonly type: 'swallow'; readonly direction?: Direction }
  /** Nothing moves any more, not even the end of a connection; what is held arrives when the mode changes. */
  | { readonly type: 'halfOpen' }
  /**
   * The connections that there are are forgotten, as by a box in between that has lost its table: what is sent over them is lost, now and
   * later, and nobody is told. New ones pass.
   */
  | { readonly type: 'forget' }
  /** Nobody listens, and the connections that there were are aborted. */
  | { readonly type: 'refuse' }
  /**
   * Requests arrive and are carried out; the answer is lost and the connection aborted, for so many answers (all
   * unless told). For plain HTTP: the first bytes back on a new TLS connection are its handshake.
   */
  | { readonly type: 'dropAnswer'; readonly times?: number };

/** Where the proxy forwards to. */
export interface FaultProxyOptions {
  /** Only scheme, host and port count. */
  readonly target: string | URL;
  /** What jitter is made from; 1 unless told. */
  readonly seed?: number;
  readonly clock?: Clock;
}

/** A TCP proxy on 127.0.0.1 that misbehaves like a network. TLS passes through it untouched. */
export class FaultProxy implements AsyncDisposable {
  readonly #target: URL;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #links = new Set<Link>();
  readonly #aborted = new AbortController();
  #server: Server | undefined;
  #port = 0;
  #mode: ProxyMode = { type: 'pass' };
  #answersToDrop = 0;
  #accepted = 0;

  /** Starts a proxy that does no harm yet. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.#listen();
    return proxy;
  }

  private constructor({ target, seed = 1, clock = systemClock }: FaultProxyOptions) {
    this.#target = new URL(target);
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
  }

  /** Address of the proxy with the target's scheme, without a trailing slash. The same as long as it exists. */
  get url(): string {
    return `${this.#target.protocol}//127.0.0.1:${this.#port}`;
  }

  /** What it does now. */
  get mode(): ProxyMode {
    return this.#mode;
  }

  /** Connections that clients hold now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Connections that clients have made since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Changes what happens, on open connections too. */
  async set(mode: ProxyMode): Promise<void> {
    this.#mode = mode;
    this.#answersToDrop = mode.type === 'dropAnswer' ? (mode.times ?? Infinity) : 0;
    for (const link of this.#links) link.modeChanged(mode);
    if (mode.type === 'refuse') {
      this.#server?.close();
      this.#server = undefined;
      this.reset();
    } else {
      await this.#listen();
    }
  }

  /** Aborts all connections with RST, on both sides. */
  reset(): void {
    for (const link of this.#links) link.end('rst');
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    this.#aborted.abort();
    this.#server?.close();
    this.#server = undefined;
    this.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const { hostname, port, protocol } = this.#target;
    const defaultPort = protocol === 'https:' ? 443 : 80;
    const upstream = connect({
      host: hostname,
      port: port === '' ? defaultPort : Number(port),
      allowHalfOpen: true,
      noDelay: true,
    });
    const link = new Link(
      { client, upstream },
      { mode: () => this.#mode, dropAnswer: () => this.#dropAnswer() },
      {
        clock: this.#clock,
        random: this.#random,
        signal: this.#aborted.signal,
      },
    );
    this.#links.add(link);
    link.onClosed(() => this.#links.delete(link));
  }

  #dropAnswer(): boolean {
    if (this.#answersToDrop <= 0) return false;
    this.#answersToDrop -= 1;
    return true;
  }
}

interface Ends {
  readonly client: Socket;
  readonly upstream: Socket;
}

interface Conditions {
  readonly mode: () => ProxyMode;
  /** Whether the answer that begins now is to be lost; counts it. */
  readonly dropAnswer: () => boolean;
}

interface Tools {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
}

/** One client's connection and the one behind it. */
class Link {
  readonly #ends: Ends;
  readonly #pumps: readonly Pump[];
  #openEnds = 2;
  #onClosed: () => void = () => undefined;

  constructor(ends: Ends, conditions: Conditions, tools: Tools) {
    this.#ends = ends;
    const { client, upstream } = ends;
    const end = (how: 'fin' | 'rst'): void => this.end(how);
    this.#pumps = [
      new Pump({ from: client, to: upstream, direction: 'up', end }, conditions, tools),
      new Pump({ from: upstream, to: client, direction: 'down', end }, conditions, tools),
    ];
    for (const socket of [client, upstream]) {
      // What broke one side breaks the other one, unless nothing is to be noticed.
      socket.on('error', () => conditions.mode().type !== 'halfOpen' && this.end('rst'));
      socket.once('close', () => this.#closed());
    }
  }

  onClosed(callback: () => void): void {
    this.#onClosed = callback;
  }

  modeChanged({ type }: ProxyMode): void {
    for (const pump of this.#pumps) pump.modeChanged(type === 'forget');
  }

  end(how: 'fin' | 'rst'): void {
    for (const pump of this.#pumps) pump.stop();
    for (const socket of [this.#ends.client, this.#ends.upstream]) {
      if (how === 'rst') resetSocket(socket);
      else socket.end(() => socket.destroy());
    }
  }

  #closed(): void {
    this.#openEnds -= 1;
    if (this.#openEnds === 0) this.#onClosed();
  }
}

interface PumpEnds {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly end: (how: 'fin' | 'rst') => void;
}

interface Waiting {
  /** Undefined is the end of the stream. */
  readonly bytes: Buffer | undefined;
  readonly arrivedMs: number;
}

const HELD_BYTES = 1024 * 1024;
/** An RST overtakes bytes that are still on their way: they get this long. */
const DELIVERY_MS = 20;

/** Moves the bytes of one direction, one chunk after the other. */
class Pump {
  readonly #ends: PumpEnds;
  readonly #conditions: Conditions;
  readonly #tools: Tools;
  readonly #waiting: Waiting[] = [];
  #held = 0;
  #isMoving = false;
  #isStopped = false;
  #isForgotten = false;
  #sinceMode = 0;
  #wake: () => void = () => undefined;

  constructor(ends: PumpEnds, conditions: Conditions, tools: Tools) {
    this.#ends = ends;
    this.#conditions = conditions;
    this.#tools = tools;
    ends.from.on('data', (bytes) => this.#take(bytes));
    ends.from.once('end', () => this.#take(undefined));
  }

  /** Counts anew, and lets go what was held; or takes what comes from now on, and loses it. */
  modeChanged(isForgotten: boolean): void {
    this.#isForgotten ||= isForgotten;
    this.#sinceMode = 0;
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #take(bytes: Buffer | undefined): void {
    this.#waiting.push({ bytes, arrivedMs: this.#tools.clock.monotonicMs() });
    this.#held += bytes?.length ?? 0;
    if (this.#held > HELD_BYTES) this.#ends.from.pause();
    if (this.#isMoving) return;
    this.#isMoving = true;
    // The only rejection is that of a sleep when the proxy is stopped.
    this.#move().catch(() => undefined);
  }

  async #move(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#whileHalfOpen();
      if (this.#isStopped) return;
      if (!this.#isForgotten) await this.#pass(next);
      this.#held -= next.bytes?.length ?? 0;
      if (this.#held <= HELD_BYTES) this.#ends.from.resume();
    }
    this.#isMoving = false;
  }

  async #pass({ bytes, arrivedMs }: Waiting): Promise<void> {
    if (bytes === undefined) this.#ends.to.end();
    else await this.#deliver(bytes, arrivedMs);
  }

  async #whileHalfOpen(): Promise<void> {
    while (this.#conditions.mode().type === 'halfOpen' && !this.#isStopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #deliver(bytes: Buffer, arrivedMs: number): Promise<void> {
    const mode = this.#conditions.mode();
    if ('direction' in mode && mode.direction !== undefined && mode.direction !== this.#ends.direction) {
      return this.#write(bytes);
    }
    const { clock, random } = this.#tools;
    switch (mode.type) {
      case 'latency': {
        const dueMs = arrivedMs + mode.ms + random.next() * (mode.jitterMs ?? 0);
        await this.#sleep(dueMs - clock.monotonicMs());
        return this.#write(bytes);
      }
      case 'bandwidth':
        return this.#inPieces(bytes, Math.max(1, Math.ceil(mode.bytesPerSecond / 50)), 20);
      case 'slice':
        return this.#inPieces(bytes, mode.bytes, mode.everyMs ?? 1);
      case 'cut':
        return this.#cut(bytes, mode);
      case 'corrupt':
        return this.#write(this.#corrupt(bytes, mode.afterBytes));
      case 'swallow':
        return undefined;
      case 'dropAnswer':
        if (this.#ends.direction === 'up' || !this.#conditions.dropAnswer()) return this.#write(bytes);
        return this.#ends.end('rst');
      default:
        return this.#write(bytes);
    }
  }

  async #inPieces(bytes: Buffer, size: number, everyMs: number): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#isStopped; start += size) {
      await this.#write(bytes.subarray(start, start + size));
      await this.#sleep(everyMs);
    }
  }

  async #cut(bytes: Buffer, { afterBytes, how }: Extract<ProxyMode, { type: 'cut' }>): Promise<void> {
    const left = afterBytes - this.#sinceMode;
    this.#sinceMode += bytes.length;
    await this.#write(bytes.subarray(0, Math.max(0, left)));
    if (bytes.length < left) return;
    await this.#sleep(DELIVERY_MS);
    this.#ends.end(how);
  }

  #corrupt(bytes: Buffer, afterBytes: number): Buffer {
    const index = afterBytes - this.#sinceMode;
    this.#sinceMode += bytes.length;
    const byte = bytes[index];
    if (index < 0 || byte === undefined) return bytes;
    const changed = Buffer.from(bytes);
    changed[index] = byte ^ 1;
    return changed;
  }

  async #write(bytes: Buffer): Promise<void> {
    const { to } = this.#ends;
    if (bytes.length === 0 || to.destroyed || to.writableEnded || to.write(bytes)) return;
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })])
      .catch(() => undefined)
      .finally(() => settled.abort());
  }

  #sleep(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : this.#tools.clock.sleep(ms, this.#tools.signal);
  }
}
