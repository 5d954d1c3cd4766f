import type { WorkloadRecord } from '../view/workload-record.ts';
import type { PodKinds } from './gather-movers.ts';
import type { Placement } from './placement.ts';
import type { Proof } from './proof.ts';

/** What a search stands on: made once for a state, and shared by all that ask. */
export interface Basis {
  readonly placement: Placement;
  readonly proof: Proof;
  readonly kinds: PodKinds;
  /** Controllers by uid. */
  readonly workloads: ReadonlyMap<string, WorkloadRecord>;
}
