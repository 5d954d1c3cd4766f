import type { LeaseNote } from '@castai/shared/kube/kube-lease.ts';
import type { DeltaMemory, DeltaPoint } from './delta-memory.ts';
import { encodePoint, parsePoint } from './parse-point.ts';

/** Who is told what became of a note. */
export interface LeaseMemoryObserver {
  /** What is written on the Lease cannot be used, and why. */
  onPointIgnored(why: string): void;
}

/** Remembers where deltas may go on as a note on the Lease: whoever leads next goes on there. */
export class LeaseMemory implements DeltaMemory, LeaseNote {
  readonly key = 'castai-agent/deltas';
  readonly #self: string;
  readonly #observer: LeaseMemoryObserver;
  #point: DeltaPoint | undefined;
  #text = '';

  /** `self`: how this replica is called as the holder. */
  constructor(self: string, observer: LeaseMemoryObserver) {
    this.#self = self;
    this.#observer = observer;
  }

  get point(): DeltaPoint | undefined {
    return this.#point;
  }

  get text(): string {
    return this.#text;
  }

  /** The Lease is read before it is held. */
  async recall(): Promise<void> {}

  remember(point: DeltaPoint): void {
    this.#point = point;
    const text = encodePoint(point);
    if (text === undefined && this.#text !== '') this.#observer.onPointIgnored('it would be too long for a Lease');
    this.#text = text ?? '';
  }

  forget(): void {
    this.#point = undefined;
    this.#text = '';
  }

  /** The write that gives the Lease back carries it. */
  async flush(): Promise<void> {}

  /** Of our own Lease nothing is learned: what we remember is as new, or newer. */
  onRead(text: string, holder: string): void {
    if (holder === this.#self || text === this.#text) return;
    this.#text = text;
    this.#point = undefined;
    if (text === '') return;
    const parsed = parsePoint(text);
    if (parsed.usable) this.#point = parsed.point;
    else this.#observer.onPointIgnored(parsed.why);
  }
}
