import type { BudgetRecord } from './budget-record.ts';
import type { NodeRecord } from './node-record.ts';
import type { Labels } from './parts.ts';
import type { PodRecord } from './pod-record.ts';
import type { AttachLimits, ClaimRecord, VolumeRecord } from './volume-record.ts';
import type { WorkloadRecord } from './workload-record.ts';

/** A whole state of a cluster, in no order. Whoever reads it sees no later change. */
export interface ClusterState {
  readonly nodes: readonly NodeRecord[];
  readonly pods: readonly PodRecord[];
  readonly budgets: readonly BudgetRecord[];
  readonly claims: readonly ClaimRecord[];
  readonly volumes: readonly VolumeRecord[];
  readonly attachLimits: readonly AttachLimits[];
  readonly workloads: readonly WorkloadRecord[];
  /** Labels of namespaces by name. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}
