/** A `coordination.k8s.io/v1` Lease as far as the question "who may work?" depends on it. */
export interface LeaseRecord {
  /** Another one after somebody deleted the lease and it was made anew. */
  readonly uid: string;
  /** Changes with every write: both the condition of the next one and the sign of life of the holder. */
  readonly resourceVersion: string;
  /** Empty: nobody holds it. */
  readonly holder: string;
  /** How often the holder changed in the life of this lease. */
  readonly transitions: number;
  /** For how long its holder wants to be believed when it says nothing, in milliseconds; undefined: it does not say, or nothing usable. */
  readonly durationMs?: number | undefined;
}

/** Since when a lease has looked as it does, in the observer's own monotonic milliseconds. */
export interface LeaseSighting {
  readonly resourceVersion: string;
  readonly atMs: number;
}

/**
 * What is known after one more look at a lease. Whether a holder is gone is judged by how long *we* saw its lease unchanged, never by
 * the times written in it, as client-go does: clocks of nodes differ.
 */
export function sightLease(
  before: LeaseSighting | undefined,
  { resourceVersion }: LeaseRecord,
  nowMs: number,
): LeaseSighting {
  return before?.resourceVersion === resourceVersion ? before : { resourceVersion, atMs: nowMs };
}
