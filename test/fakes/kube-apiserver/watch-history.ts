import type { StoredObject } from './stored-object.ts';

/** One change of one object. */
export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The state after the change; of a deletion the last state, with the resourceVersion of the deletion. */
  readonly object: StoredObject;
  /** The state before the change. */
  readonly previous: StoredObject | undefined;
}

/** The latest changes of one kind, from which watches are resumed. Older ones are forgotten when it is full. */
export class WatchHistory {
  #events: StoredEvent[] = [];
  #oldest: number;
  #capacity: number;

  /** `oldest`: changes up to this revision are unknown. `capacity`: events kept. */
  constructor(oldest: number, capacity: number) {
    this.#oldest = oldest;
    this.#capacity = capacity;
  }

  /** The oldest revision from which a watch may go on. */
  get oldest(): number {
    this.#trim();
    return this.#oldest;
  }

  /** Takes the next change. */
  append(event: StoredEvent): void {
    this.#events.push(event);
    // In large steps: cutting the front of an array costs its length.
    if (this.#events.length >= this.#capacity * 1.25 + 1) this.#trim();
  }

  /** All changes after a revision, oldest first; undefined when some of them are forgotten. */
  since(revision: number): readonly StoredEvent[] | undefined {
    this.#trim();
    if (revision < this.#oldest) return undefined;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.object.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return this.#events.slice(low);
  }

  /** Keeps at most so many events from now on. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  /** Forgets every change up to and including a revision. */
  forget(revision: number): void {
    this.#events = this.#events.filter(({ object }) => object.revision > revision);
    this.#oldest = revision;
  }

  /** Forgets everything, changes of an abandoned future included. A watch may go on from this revision. */
  clear(revision: number): void {
    this.#events = [];
    this.#oldest = revision;
  }

  #trim(): void {
    const surplus = this.#events.length - this.#capacity;
    if (surplus <= 0) return;
    const gone = this.#events.splice(0, surplus);
    this.#oldest = gone.at(-1)?.object.revision ?? this.#oldest;
  }
}
