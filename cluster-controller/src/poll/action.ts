/**
 * What the platform may ask for. On the wire an action is `{id, createdAt, action<Kind>: {…}}`; `parse-action.ts` makes these of it.
 * Texts that were not given are empty, times are in milliseconds.
 */

/** The kinds that are carried out. On the wire each is a member of its own: `drainNode` is `actionDrainNode`. */
export const ACTION_KINDS = [
  'drainNode',
  'deleteNode',
  'patchNode',
  'createEvent',
  'checkNodeDeleted',
  'checkNodeStatus',
  'evictPod',
  'patch',
  'create',
  'delete',
  'disconnectCluster',
] as const;

/** One of the kinds. */
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Which machine is meant: a name alone may have been given to another one. At least one of the two ids is there. */
export interface NodeIds {
  readonly name: string;
  /** Label `provisioner.cast.ai/node-id`. */
  readonly nodeId: string;
  /** `spec.providerID`. */
  readonly providerId: string;
}

/** Which object of which collection. */
export interface ObjectId {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty: a resource without namespaces. */
  readonly namespace: string;
  readonly name: string;
}

/** A taint; in a wish a key that begins with `-` takes it off. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** Texts by name. */
export type Texts = Readonly<Record<string, string>>;

/** Empties a node. */
export interface DrainNode {
  readonly kind: 'drainNode';
  readonly node: NodeIds;
  readonly timeoutMs: number;
  /** Whether what is left when time is up is deleted past its budgets. */
  readonly force: boolean;
  readonly awaitsVolumes: boolean;
  readonly volumesMs: number;
}

/** Changes marks of a node; a key that begins with `-` takes one off. */
export interface PatchNode {
  readonly kind: 'patchNode';
  readonly node: NodeIds;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly taints: readonly Taint[];
  /** Absent: as it is. */
  readonly unschedulable?: boolean;
  readonly capacity: Texts;
}

/** Writes a Kubernetes Event. */
export interface CreateEvent {
  readonly kind: 'createEvent';
  readonly reporter: string;
  readonly about: Readonly<
    Record<'apiVersion' | 'kind' | 'namespace' | 'name' | 'uid' | 'resourceVersion' | 'fieldPath', string>
  >;
  /** Absent: now. */
  readonly atMs?: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly message: string;
}

/** Waits for what a node is to become. */
export interface CheckNodeStatus {
  readonly kind: 'checkNodeStatus';
  readonly node: NodeIds;
  readonly wanted: 'ready' | 'deleted';
  readonly timeoutMs: number;
}

/** Has one pod leave, as its budgets allow. */
export interface EvictPod {
  readonly kind: 'evictPod';
  readonly namespace: string;
  readonly name: string;
  readonly timeoutMs: number;
}

/** Which way a patch is written. */
export type ObjectPatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json';

/** Changes an object. */
export interface PatchObject {
  readonly kind: 'patch';
  readonly object: ObjectId;
  readonly patchType: ObjectPatchType;
  readonly patch: unknown;
}

/** Makes an object, or makes one that is there say the same. */
export interface CreateObject {
  readonly kind: 'create';
  readonly object: ObjectId;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** What is to be done. */
export type ActionBody =
  | DrainNode
  | { readonly kind: 'deleteNode'; readonly node: NodeIds }
  | PatchNode
  | CreateEvent
  | { readonly kind: 'checkNodeDeleted'; readonly node: NodeIds }
  | CheckNodeStatus
  | EvictPod
  | PatchObject
  | CreateObject
  | { readonly kind: 'delete'; readonly object: ObjectId }
  | { readonly kind: 'disconnectCluster' };

/** Something that the platform asks for, until it is acknowledged. */
export interface Action {
  readonly id: string;
  /** By the platform's clock; absent where it was not told. It orders actions; how old one is it tells only roughly. */
  readonly createdAtMs?: number;
  readonly body: ActionBody;
}

/** Something that can only be answered with an error. */
export interface Unusable {
  readonly id: string;
  readonly code: 'unsupported' | 'invalid';
  /** What is wrong with it, in words, with the kind's name. */
  readonly problem: string;
}
