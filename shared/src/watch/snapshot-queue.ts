/** Who wants to snapshot. */
export interface SnapshotCandidate {
  /** Smaller goes first. */
  readonly priority: number;
  /** It is this one's turn: it holds a place until it leaves. */
  readonly onTurn: () => void;
}

/** What the queue needs to know. */
export interface SnapshotQueueOptions {
  /** How many feeds may snapshot at once: each holds a window of pages in memory, and each costs the API server seats. */
  readonly places: number;
  /** Whether what waits to be sent leaves room for more. */
  readonly hasRoom: () => boolean;
}

/**
 * Lets feeds snapshot a few at a time, most important first, and only while there is room in memory.
 *
 * Without it a start, or a restart of the API server that expires every position, would list everything at once.
 */
export class SnapshotQueue {
  readonly #options: SnapshotQueueOptions;
  readonly #waiting = new Set<SnapshotCandidate>();
  readonly #active = new Set<SnapshotCandidate>();

  constructor(options: SnapshotQueueOptions) {
    this.#options = options;
  }

  /** How many feeds wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Asks for a turn; `onTurn` may be called before this returns. */
  join(candidate: SnapshotCandidate): void {
    this.#waiting.add(candidate);
    this.poke();
  }

  /** Gives a place back, or stops waiting for one. */
  leave(candidate: SnapshotCandidate): void {
    this.#waiting.delete(candidate);
    if (this.#active.delete(candidate)) this.poke();
  }

  /** Gives out places as far as there are any. To be called whenever memory may have become free. */
  poke(): void {
    while (this.#active.size < this.#options.places && this.#waiting.size > 0 && this.#options.hasRoom()) {
      const next = [...this.#waiting].reduce((first, other) => (other.priority < first.priority ? other : first));
      this.#waiting.delete(next);
      this.#active.add(next);
      next.onTurn();
    }
  }
}
