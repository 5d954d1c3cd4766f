/** Which kinds are judged, and where in them what is judged stands. Kinds of CRDs are not: what they mean only their controller knows. */
import type { Subject } from './lint-rule.ts';

/** A kind, as owner references name it. */
export interface JudgedKind {
  readonly about: Subject;
  /** The keys that lead to the specification of its pods. */
  readonly path: readonly string[];
}

const TEMPLATE = ['spec', 'template', 'spec'];
const makesPods = (...path: string[]): JudgedKind => ({ about: 'pod', path });
const is = (about: Subject): JudgedKind => ({ about, path: [] });

const KINDS: ReadonlyMap<string, JudgedKind> = new Map([
  ['Pod', makesPods('spec')],
  ['ReplicationController', makesPods(...TEMPLATE)],
  ['apps/Deployment', makesPods(...TEMPLATE)],
  ['apps/ReplicaSet', makesPods(...TEMPLATE)],
  ['apps/DaemonSet', makesPods(...TEMPLATE)],
  ['apps/StatefulSet', makesPods(...TEMPLATE)],
  ['batch/Job', makesPods(...TEMPLATE)],
  ['batch/CronJob', makesPods('spec', 'jobTemplate', ...TEMPLATE)],
  ['rbac.authorization.k8s.io/Role', is('role')],
  ['rbac.authorization.k8s.io/ClusterRole', is('role')],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', is('clusterRoleBinding')],
  ['policy/PodDisruptionBudget', is('podDisruptionBudget')],
]);

/** What is judged of a kind; undefined: nothing. */
export function judgedKind(group: string, kind: string): JudgedKind | undefined {
  return KINDS.get(kindKey(group, kind));
}

/** A kind in one text, whatever its version. */
export function kindKey(group: string, kind: string): string {
  return group === '' ? kind : `${group}/${kind}`;
}
