import type { Clock } from '@castai/shared/async/clock.ts';
import type { LeaseNote } from '@castai/shared/kube/kube-lease.ts';
import { type DriftMemory, encodeMemory, parseMemory } from '../judge/drift-memory.ts';

/**
 * What is known since when, as a note on the Lease: whoever leads next tells the same. It rides on the writes that are made anyway, and needs no
 * further right.
 */
export class TermNote implements LeaseNote {
  readonly key = 'castai-evictor/since';
  readonly #self: string;
  readonly #clock: Pick<Clock, 'now'>;
  #text = '';

  /** `self`: how this replica is called as the holder. */
  constructor(self: string, clock: Pick<Clock, 'now'>) {
    this.#self = self;
    this.#clock = clock;
  }

  /** What was read stays written until the first look of a term. */
  get text(): string {
    return this.#text;
  }

  /** What the term before has left. */
  recall(): DriftMemory {
    return parseMemory(this.#text, this.#clock.now());
  }

  /** What is known after a look. */
  remember(memory: DriftMemory): void {
    this.#text = encodeMemory(memory, this.#clock.now());
  }

  /** Of our own Lease nothing is learned: what we remember is as new, or newer. */
  onRead(text: string, holder: string): void {
    if (holder !== this.#self) this.#text = text;
  }
}
