import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { readBudget } from './budget-record.ts';
import { readNode } from './node-record.ts';
import { labelsIn } from './parts.ts';
import { readPod } from './pod-record.ts';
import { readAttachLimits, readClaim, readVolume } from './volume-record.ts';
import type { ViewInterners } from './view-interners.ts';
import type { Identified, ViewTable } from './view-table.ts';
import type { NamespaceRecord, ViewFeedName, ViewTables } from './view-tables.ts';
import { readWorkload, type WorkloadRecord } from './workload-record.ts';

/** What an operator asks for. */
export type Report = 'removal' | 'drift' | 'age' | 'budgets';

/** Every one of them. */
export const REPORTS: readonly Report[] = ['removal', 'drift', 'age', 'budgets'];

/** One collection that is read. */
export interface ViewFeed {
  readonly name: ViewFeedName;
  /** As `kubectl` and roles have it, with its group: what operators are told. */
  readonly collection: string;
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  /** Reports that need it. */
  readonly reports: readonly Report[];
  /** Reads an object; undefined: nothing is kept of it. */
  readonly read: (object: KubeObject, interners: ViewInterners) => Kept | undefined;
}

/** What is kept of an object: its row, which knows its table. */
export interface Kept {
  storeIn(tables: ViewTables): void;
}

const REMOVAL: readonly Report[] = ['removal'];
const POD_LABELS: readonly Report[] = ['removal', 'budgets'];

/** Every collection, the ones that matter most first. */
export const VIEW_FEEDS: readonly ViewFeed[] = [
  feed('nodes', 'nodes Node', {
    reports: ['removal', 'drift', 'age'],
    read: (object, interners) => row((tables) => tables.nodes, readNode(object, interners)),
  }),
  feed('pods', 'pods Pod', {
    reports: POD_LABELS,
    read: (object, interners) => row((tables) => tables.pods, readPod(object, interners)),
  }),
  feed('budgets', 'policy/poddisruptionbudgets PodDisruptionBudget', {
    reports: POD_LABELS,
    read: (object) => row((tables) => tables.budgets, readBudget(object)),
  }),
  feed('replicaSets', 'apps/replicasets ReplicaSet', {
    reports: REMOVAL,
    read: (object) => wanted((tables) => tables.replicaSets, object),
  }),
  feed('statefulSets', 'apps/statefulsets StatefulSet', {
    reports: REMOVAL,
    read: (object) => wanted((tables) => tables.statefulSets, object),
  }),
  feed('replicationControllers', 'replicationcontrollers ReplicationController', {
    reports: REMOVAL,
    read: (object) => wanted((tables) => tables.replicationControllers, object),
  }),
  feed('jobs', 'batch/jobs Job', { reports: REMOVAL, read: (object) => wanted((tables) => tables.jobs, object) }),
  feed('claims', 'persistentvolumeclaims PersistentVolumeClaim', {
    reports: REMOVAL,
    read: (object) => row((tables) => tables.claims, readClaim(object)),
  }),
  feed('volumes', 'persistentvolumes PersistentVolume', {
    reports: REMOVAL,
    read: (object) => row((tables) => tables.volumes, readVolume(object)),
  }),
  feed('attachLimits', 'storage.k8s.io/csinodes CSINode', {
    reports: REMOVAL,
    read: (object, interners) => row((tables) => tables.attachLimits, readAttachLimits(object, interners)),
  }),
  feed('namespaces', 'namespaces Namespace', {
    reports: REMOVAL,
    read: (object) => row((tables) => tables.namespaces, readNamespace(object)),
  }),
];

/** The collections that these reports need. */
export function feedsFor(reports: readonly Report[]): ViewFeed[] {
  return VIEW_FEEDS.filter((one) => one.reports.some((report) => reports.includes(report)));
}

/** `what`: group and resource, and the kind of the objects. */
function feed(name: ViewFeedName, what: string, rest: Pick<ViewFeed, 'reports' | 'read'>): ViewFeed {
  const [place = '', kind = ''] = what.split(' ');
  const [first = '', second] = place.split('/');
  const [group, resource] = second === undefined ? ['', first] : [first, second];
  return {
    name,
    group,
    resource,
    collection: group === '' ? resource : `${resource}.${group}`,
    kind,
    path: group === '' ? `/api/v1/${resource}` : `/apis/${group}/v1/${resource}`,
    ...rest,
  };
}

type TableOf<Row extends Identified> = (tables: ViewTables) => ViewTable<Row>;

function row<Row extends Identified>(tableOf: TableOf<Row>, record: Row): Kept {
  return { storeIn: (tables) => tableOf(tables).put(record) };
}

/** Of the ten old ReplicaSets that every Deployment keeps nothing is of interest. */
function wanted(tableOf: TableOf<WorkloadRecord>, object: KubeObject): Kept | undefined {
  const record = readWorkload(object);
  return record.replicas === 0 ? undefined : row(tableOf, record);
}

function readNamespace(object: KubeObject): NamespaceRecord {
  const { uid = '', name } = object.metadata;
  return { uid, name, labels: labelsIn(object.metadata['labels']) };
}
