/** How far the platform has one feed. */
export interface FeedPoint {
  /** The resourceVersion up to which it has it; empty: it was told a part, or the feed has no such thing. */
  readonly position: string;
  /** In which version it was read, and by which policy scrubbed: what was told in another shape has to be told again. */
  readonly shape: string;
}

/** Where deltas may go on: what the platform has taken last. */
export interface DeltaPoint {
  readonly clusterId: string;
  /** The token that the platform gave for it. */
  readonly token: string;
  /** By name of the feed. */
  readonly positions: ReadonlyMap<string, FeedPoint>;
}

/** Remembers where deltas may go on, from one term to the next, and from one process to the next where there is something to write on. */
export interface DeltaMemory {
  /** Undefined: nothing is known. */
  readonly point: DeltaPoint | undefined;
  /** Learns what an earlier process has left, if that has to be asked for. Rejects with the signal's reason only. */
  recall(signal: AbortSignal): Promise<void>;
  remember(point: DeltaPoint): void;
  /** What is remembered is no good. */
  forget(): void;
  /** Nothing follows any more: what is remembered is kept for the next process, if nothing else carries it there. As `recall`. */
  flush(signal: AbortSignal): Promise<void>;
}

/** For as long as the process lives. */
export class ProcessMemory implements DeltaMemory {
  #point: DeltaPoint | undefined;

  get point(): DeltaPoint | undefined {
    return this.#point;
  }

  async recall(): Promise<void> {}

  remember(point: DeltaPoint): void {
    this.#point = point;
  }

  forget(): void {
    this.#point = undefined;
  }

  async flush(): Promise<void> {}
}
