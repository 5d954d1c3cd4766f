/** Why a full snapshot is sent. */
export type SnapshotReason =
  /** The platform has nothing of this agent yet. */
  | 'FIRST'
  /** The last one was not taken, or cut; or a deletion was not taken, so that the platform has what is gone. */
  | 'NOT_TAKEN'
  /** The platform does not take the token: it has lost it, or another agent has sent. */
  | 'TOKEN_REFUSED'
  /** A feed had to be listed again: what went meanwhile is known to nobody. */
  | 'HISTORY_LOST'
  /** The cluster serves a resource no more. */
  | 'NOT_SERVED'
  /** A resource is read in another version. */
  | 'OTHER_VERSION'
  /** The platform asks for it. */
  | 'ASKED';

/** Between two full snapshots for one reason: each is a list of the whole cluster. */
const DISTANCE_MS = 10 * 60_000;
/** The same where the platform asks. */
const ASKED_DISTANCE_MS = 60_000;

/** What wishes need. */
export interface SnapshotWishesOptions {
  readonly nowMs: () => number;
}

/** Wishes for a full snapshot, each reason at most once in ten minutes. Pure but for the clock that it is given. */
export class SnapshotWishes {
  readonly #nowMs: () => number;
  readonly #wished = new Set<SnapshotReason>();
  readonly #granted = new Map<SnapshotReason, number>();

  constructor({ nowMs }: SnapshotWishesOptions) {
    this.#nowMs = nowMs;
  }

  /** What is wished for and not granted yet. */
  get waiting(): readonly SnapshotReason[] {
    return [...this.#wished];
  }

  /** Whether the picture at the platform is known to be wrong until the snapshot. What the platform asks for it asks of the next agent as well. */
  get isForUs(): boolean {
    return this.waiting.some((reason) => reason !== 'ASKED');
  }

  /** There is a reason. */
  wish(reason: SnapshotReason): void {
    this.#wished.add(reason);
  }

  /** When the next one may begin, in monotonic milliseconds; undefined: nobody wishes for one. */
  get dueAtMs(): number | undefined {
    if (this.#wished.size === 0) return undefined;
    return Math.min(...this.waiting.map((reason) => this.#freeAtMs(reason)));
  }

  /** A full snapshot begins: it is for all of them. */
  granted(): void {
    for (const reason of this.#wished) this.#granted.set(reason, this.#nowMs());
    this.#wished.clear();
  }

  #freeAtMs(reason: SnapshotReason): number {
    const grantedAtMs = this.#granted.get(reason);
    if (grantedAtMs === undefined) return 0;
    return grantedAtMs + (reason === 'ASKED' ? ASKED_DISTANCE_MS : DISTANCE_MS);
  }
}
