import type { BudgetRecord } from './budget-record.ts';
import type { NodeRecord } from './node-record.ts';
import type { Labels } from './parts.ts';
import type { PodRecord } from './pod-record.ts';
import { type Identified, ViewTable } from './view-table.ts';
import type { AttachLimits, ClaimRecord, VolumeRecord } from './volume-record.ts';
import type { WorkloadRecord } from './workload-record.ts';

/** Labels of a namespace. */
export interface NamespaceRecord extends Identified {
  readonly name: string;
  readonly labels: Labels;
}

/** A table for each collection. */
export interface ViewTables {
  readonly nodes: ViewTable<NodeRecord>;
  readonly pods: ViewTable<PodRecord>;
  readonly budgets: ViewTable<BudgetRecord>;
  readonly namespaces: ViewTable<NamespaceRecord>;
  readonly claims: ViewTable<ClaimRecord>;
  readonly volumes: ViewTable<VolumeRecord>;
  readonly attachLimits: ViewTable<AttachLimits>;
  readonly replicaSets: ViewTable<WorkloadRecord>;
  readonly replicationControllers: ViewTable<WorkloadRecord>;
  readonly statefulSets: ViewTable<WorkloadRecord>;
  readonly jobs: ViewTable<WorkloadRecord>;
}

/** Names of the collections. */
export type ViewFeedName = keyof ViewTables;

/** Empty tables. `onChanged` is called for whatever matters. */
export function createTables(onChanged: () => void): ViewTables {
  return {
    nodes: new ViewTable(onChanged),
    pods: new ViewTable(onChanged),
    budgets: new ViewTable(onChanged),
    namespaces: new ViewTable(onChanged),
    claims: new ViewTable(onChanged),
    volumes: new ViewTable(onChanged),
    attachLimits: new ViewTable(onChanged),
    replicaSets: new ViewTable(onChanged),
    replicationControllers: new ViewTable(onChanged),
    statefulSets: new ViewTable(onChanged),
    jobs: new ViewTable(onChanged),
  };
}
