/** Where deltas may go on: what the platform has taken last. */
export interface DeltaPoint {
  readonly clusterId: string;
  /** The token that the platform gave for it. */
  readonly token: string;
  /** By name of the feed the resourceVersion up to which the platform has it; empty: only a part of it was told. */
  readonly positions: ReadonlyMap<string, string>;
}

/** Remembers where deltas may go on, from one term of a replica to the next. */
export interface DeltaMemory {
  /** Undefined: nothing is known. */
  readonly point: DeltaPoint | undefined;
  remember(point: DeltaPoint): void;
  /** What is remembered is no good. */
  forget(): void;
}

/** For as long as the process lives. */
export class ProcessMemory implements DeltaMemory {
  #point: DeltaPoint | undefined;

  get point(): DeltaPoint | undefined {
    return this.#point;
  }

  remember(point: DeltaPoint): void {
    this.#point = point;
  }

  forget(): void {
    this.#point = undefined;
  }
}
