import type { Clock } from '@castai/shared/async/clock.ts';
import type { FaultAction } from './faults.ts';
import type { Headers, Outlet } from './outlet.ts';

/** The actions that change what the real handler writes. */
export type StreamFault = Extract<
  FaultAction,
  { type: 'cut' | 'silence' | 'inject' | 'oversizedLine' | 'duplicate' | 'asText' | 'dropBookmarks' | 'drip' }
>;

/** What a fault works with. */
export interface FaultTools {
  readonly clock: Clock;
  /** The frame that a test made up, in the form of the answer. */
  readonly foreign: (data: unknown) => Buffer;
}

/** Puts a fault between a handler and its connection. */
export function faultyOutlet(inner: Outlet, fault: StreamFault, { clock, foreign }: FaultTools): Outlet {
  switch (fault.type) {
    case 'cut':
      return new CutOutlet(inner, fault, clock);
    case 'silence':
      return new SilentOutlet(inner, fault.afterBytes);
    case 'inject':
      return new InjectingOutlet(inner, fault, foreign);
    case 'oversizedLine':
      return new InjectingOutlet(inner, { afterFrames: fault.afterFrames, data: oversized(fault.bytes) }, foreign);
    case 'duplicate':
      return new FilterOutlet(inner, (frame) => [frame, frame]);
    case 'asText':
      return new FilterOutlet(inner, (frame) => [Buffer.from(frame.toString('utf8'))]);
    case 'dropBookmarks':
      return new FilterOutlet(inner, (frame) => (isLost(frame, fault.which ?? 'all') ? [] : [frame]));
    case 'drip':
      return new DrippingOutlet(inner, fault, clock);
  }
}

/** Hands everything on; the faults below change one thing each. */
class WrappedOutlet implements Outlet {
  protected readonly inner: Outlet;

  constructor(inner: Outlet) {
    this.inner = inner;
  }

  head(status: number, headers: Headers): void {
    // The body will not have the length that was announced.
    const { 'content-length': _length, ...rest } = headers;
    this.inner.head(status, rest);
  }

  write(frame: Buffer): void {
    this.inner.write(frame);
  }

  end(): void {
    this.inner.end();
  }

  reset(): void {
    this.inner.reset();
  }

  cut(): void {
    this.inner.cut();
  }

  get pendingBytes(): number {
    return this.inner.pendingBytes;
  }

  get isClosed(): boolean {
    return this.inner.isClosed;
  }

  drained(): Promise<void> {
    return this.inner.drained();
  }

  onClose(callback: () => void): void {
    this.inner.onClose(callback);
  }
}

/** Long enough for loopback to deliver what was written: an RST overtakes bytes that are still in flight. */
const DELIVERY_MS = 50;

class CutOutlet extends WrappedOutlet {
  readonly #fault: Extract<FaultAction, { type: 'cut' }>;
  readonly #clock: Clock;
  #left: number;
  #isOver = false;

  constructor(inner: Outlet, fault: Extract<FaultAction, { type: 'cut' }>, clock: Clock) {
    super(inner);
    this.#fault = fault;
    this.#clock = clock;
    this.#left = fault.afterBytes;
  }

  override head(status: number, headers: Headers): void {
    super.head(status, headers);
    if (this.#left === 0) this.#finish();
  }

  override write(frame: Buffer): void {
    if (this.#isOver) return;
    this.inner.write(frame.subarray(0, this.#left));
    this.#left -= Math.min(this.#left, frame.length);
    if (this.#left === 0) this.#finish();
  }

  override end(): void {
    if (!this.#isOver) this.inner.end();
  }

  #finish(): void {
    this.#isOver = true;
    if (this.#fault.how === 'eof') this.inner.end();
    else this.#clock.setTimer(DELIVERY_MS, () => (this.#fault.how === 'fin' ? this.inner.cut() : this.inner.reset()));
  }
}

class SilentOutlet extends WrappedOutlet {
  #left: number;

  constructor(inner: Outlet, afterBytes: number) {
    super(inner);
    this.#left = afterBytes;
  }

  override write(frame: Buffer): void {
    if (this.#left > 0) this.inner.write(frame.subarray(0, this.#left));
    this.#left -= Math.min(this.#left, frame.length);
  }

  override end(): void {
    if (this.#left > 0) this.inner.end();
  }
}

class InjectingOutlet extends WrappedOutlet {
  readonly #frame: () => Buffer;
  readonly #thenEnd: boolean;
  #framesBefore: number;
  #isOver = false;

  constructor(
    inner: Outlet,
    fault: { afterFrames: number; data: unknown; thenEnd?: boolean },
    foreign: FaultTools['foreign'],
  ) {
    super(inner);
    this.#framesBefore = fault.afterFrames;
    this.#frame = () => foreign(fault.data);
    this.#thenEnd = fault.thenEnd ?? false;
  }

  override head(status: number, headers: Headers): void {
    super.head(status, headers);
    if (this.#framesBefore === 0) this.#inject();
  }

  override write(frame: Buffer): void {
    if (this.#isOver) return;
    this.inner.write(frame);
    this.#framesBefore -= 1;
    if (this.#framesBefore === 0) this.#inject();
  }

  override end(): void {
    if (!this.#isOver) this.inner.end();
  }

  #inject(): void {
    this.inner.write(this.#frame());
    if (!this.#thenEnd) return;
    this.#isOver = true;
    this.inner.end();
  }
}

class FilterOutlet extends WrappedOutlet {
  readonly #filter: (frame: Buffer) => readonly Buffer[];

  constructor(inner: Outlet, filter: (frame: Buffer) => readonly Buffer[]) {
    super(inner);
    this.#filter = filter;
  }

  override write(frame: Buffer): void {
    for (const kept of this.#filter(frame)) this.inner.write(kept);
  }
}

class DrippingOutlet extends WrappedOutlet {
  readonly #fault: Extract<FaultAction, { type: 'drip' }>;
  readonly #clock: Clock;
  #waiting = Buffer.alloc(0);
  #hasEnded = false;
  #isDripping = false;

  constructor(inner: Outlet, fault: Extract<FaultAction, { type: 'drip' }>, clock: Clock) {
    super(inner);
    this.#fault = fault;
    this.#clock = clock;
  }

  override write(frame: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, frame]);
    if (!this.#isDripping) this.#drip();
  }

  override end(): void {
    this.#hasEnded = true;
    if (!this.#isDripping) this.inner.end();
  }

  #drip(): void {
    this.#isDripping = this.#waiting.length > 0 && !this.isClosed;
    if (!this.#isDripping) {
      if (this.#hasEnded) this.inner.end();
      return;
    }
    this.inner.write(this.#waiting.subarray(0, this.#fault.bytes));
    this.#waiting = this.#waiting.subarray(this.#fault.bytes);
    this.#clock.setTimer(this.#fault.everyMs, () => this.#drip());
  }
}

function oversized(bytes: number): unknown {
  const annotations = { padding: '' };
  const metadata = { name: 'oversized', namespace: 'default', uid: 'oversized', resourceVersion: '1', annotations };
  const event = { type: 'ADDED', object: { metadata } };
  annotations.padding = 'x'.repeat(Math.max(0, bytes - JSON.stringify(event).length - 1));
  return event;
}

const BOOKMARK = Buffer.from('BOOKMARK');
/** Where the type of an event stands, in whatever form. */
const TYPE_BYTES = 20;
const MARKER = Buffer.from('k8s.io/initial-events-end');

function isLost(frame: Buffer, which: 'all' | 'periodic' | 'marker'): boolean {
  if (!frame.subarray(0, TYPE_BYTES).includes(BOOKMARK)) return false;
  return which === 'all' || frame.includes(MARKER) === (which === 'marker');
}
