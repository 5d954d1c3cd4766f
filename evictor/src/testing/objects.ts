import type { KubeObject } from '@castai/shared/kube/kube-object.ts';

/** What a test says of a node; the rest of its members are its spec. */
export interface NodeWishes {
  readonly labels?: Record<string, string>;
  readonly allocatable?: Record<string, string>;
  readonly [member: string]: unknown;
}

/** A ready node of 4 cores, 16 GiB and 110 pods, made twelve hours before noon of the 1st of June 2026. */
export function node(name: string, { labels = {}, allocatable = {}, ...spec }: NodeWishes = {}): KubeObject {
  return {
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      creationTimestamp: '2026-06-01T00:00:00Z',
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec,
    status: {
      allocatable: { cpu: '4', memory: '16Gi', pods: '110', ...allocatable },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

/** What a test says of a pod; the rest of its members are its spec. */
export interface PodWishes {
  readonly app?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly namespace?: string;
  readonly requests?: Record<string, unknown>;
  /** Its controller; null: it has none. */
  readonly owner?: { readonly kind: string; readonly name: string } | null;
  readonly [member: string]: unknown;
}

/** A ready pod of one core and 1 GiB in the namespace `shop`, of a ReplicaSet called after its app. */
export function pod(name: string, nodeName: string, wishes: PodWishes = {}): KubeObject {
  const { app = 'web', labels = {}, annotations = {}, namespace = 'shop', requests, owner, ...spec } = wishes;
  const { kind, name: ownerName } = owner ?? { kind: 'ReplicaSet', name: app };
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `pod-${name}`,
      labels: { app, ...labels },
      annotations,
      ...(owner === null
        ? {}
        : { ownerReferences: [{ kind, name: ownerName, uid: `owner-${ownerName}`, controller: true }] }),
    },
    spec: {
      ...(nodeName === '' ? {} : { nodeName }),
      containers: [{ name: 'main', resources: { requests: requests ?? { cpu: '1', memory: '1Gi' } } }],
      ...spec,
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** The ReplicaSet of an app. */
export function replicaSet(name: string, replicas: number): KubeObject {
  return { kind: 'ReplicaSet', metadata: { name, namespace: 'shop', uid: `owner-${name}` }, spec: { replicas } };
}
