/**
 * Nodes and pods of one cluster, summed up, and kept up to date object by object.
 *
 * Pure: the caller says what became of an object. Costs a few hundred bytes per pod, and exists only while a page looks.
 */
import { compareText } from '@castai/shared/compare-text.ts';
import type { NodeSummary, PodSummary } from './object-summary.ts';
import { thousandths } from './thousandths.ts';

/** `missing`: pods name a node that the platform does not know. `interrupted`: its machine is about to be taken. */
export type NodeStatus = 'ready' | 'not ready' | 'interrupted' | 'cordoned' | 'missing';

/** One node with what runs on it. */
export interface NodeRow {
  /** The node's name. */
  readonly key: string;
  readonly status: NodeStatus;
  readonly instanceType: string;
  readonly zone: string;
  readonly isSpot: boolean;
  readonly createdAtMs: number | undefined;
  /** When its machine ends, if a spot handler was told. */
  readonly endsAtMs: number | undefined;
  readonly pods: number;
  readonly podsAllocatable: number;
  readonly cpuRequested: number;
  readonly cpuAllocatable: number;
  readonly memoryRequested: number;
  readonly memoryAllocatable: number;
}

/** One pod. */
export interface PodRow extends PodSummary {
  /** Namespace and name. */
  readonly key: string;
}

/** Pods of one namespace. */
export interface NamespaceRow {
  /** The namespace. */
  readonly key: string;
  readonly pods: number;
  readonly pending: number;
}

interface Load {
  pods: number;
  cpu: number;
  memory: number;
}

/** Sums up nodes and pods. */
export class ClusterOverview {
  readonly #pods = new Map<string, PodSummary>();
  readonly #nodes = new Map<string, NodeSummary>();
  readonly #loads = new Map<string, Load>();
  readonly #phases = new Map<string, number>();
  readonly #namespaces = new Map<string, { pods: number; pending: number }>();
  #nodeRows: readonly NodeRow[] | undefined;
  #podRows: readonly PodRow[] | undefined;
  #version = 0;

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** Takes the state of a pod; `undefined`: it is gone. */
  setPod(uid: string, pod: PodSummary | undefined): void {
    this.#changed();
    const before = this.#pods.get(uid);
    if (before) this.#count(before, -1);
    if (pod) {
      this.#pods.set(uid, pod);
      this.#count(pod, 1);
    } else {
      this.#pods.delete(uid);
    }
  }

  /** Takes the state of a node; `undefined`: it is gone. */
  setNode(uid: string, node: NodeSummary | undefined): void {
    this.#changed();
    if (node) this.#nodes.set(uid, node);
    else this.#nodes.delete(uid);
  }

  /** Pods by phase, and in all. */
  get phases(): { readonly total: number; readonly byPhase: Readonly<Record<string, number>> } {
    return { total: this.#pods.size, byPhase: Object.fromEntries([...this.#phases].filter(([, count]) => count > 0)) };
  }

  /** Pods by namespace, most pods first, ties by name. */
  get namespaces(): NamespaceRow[] {
    return [...this.#namespaces]
      .map(([key, counts]) => ({ key, ...counts }))
      .sort((a, b) => b.pods - a.pods || compareText(a.key, b.key));
  }

  /** Nodes with what needs a look first, then by name. */
  get nodes(): readonly NodeRow[] {
    this.#nodeRows ??= this.#makeNodeRows();
    return this.#nodeRows;
  }

  /** Pods by namespace and name. */
  get pods(): readonly PodRow[] {
    this.#podRows ??= [...this.#pods.values()]
      .map((pod) => ({ key: `${pod.namespace}/${pod.name}`, ...pod }))
      .sort((a, b) => compareText(a.key, b.key));
    return this.#podRows;
  }

  /** The node that is called so by its cloud, the platform or the cluster; in lower case. */
  nodeCalled(id: string): NodeSummary | undefined {
    return this.#nodes.values().find(({ ids }) => ids.includes(id));
  }

  /** What a node or pod was set under; `undefined`: there is none of this name. */
  uidOfNode(name: string): string | undefined {
    return this.#nodes.entries().find(([, node]) => node.name === name)?.[0];
  }

  /** The same of a pod. */
  uidOfPod({ namespace, name }: Pick<PodSummary, 'namespace' | 'name'>): string | undefined {
    return this.#pods.entries().find(([, pod]) => pod.name === name && pod.namespace === namespace)?.[0];
  }

  #changed(): void {
    this.#version += 1;
    this.#nodeRows = undefined;
    this.#podRows = undefined;
  }

  #makeNodeRows(): NodeRow[] {
    const known = [...this.#nodes.values()];
    const names = new Set(known.map(({ name }) => name));
    const missing = [...this.#loads.keys()].filter((name) => name !== '' && !names.has(name));
    return [...known.map((node) => this.#row(node)), ...missing.map((name) => this.#row({ ...NO_NODE, name }))].sort(
      (a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status) || compareText(a.key, b.key),
    );
  }

  #row(node: NodeSummary & { readonly missing?: boolean }): NodeRow {
    const load = this.#loads.get(node.name) ?? { pods: 0, cpu: 0, memory: 0 };
    return {
      key: node.name,
      status: nodeStatus(node),
      instanceType: node.instanceType,
      zone: node.zone,
      isSpot: node.isSpot,
      createdAtMs: node.createdAtMs,
      endsAtMs: node.mark?.endsAtMs,
      pods: load.pods,
      podsAllocatable: node.pods,
      cpuRequested: thousandths(load.cpu),
      cpuAllocatable: node.cpu,
      memoryRequested: Math.round(load.memory),
      memoryAllocatable: node.memory,
    };
  }

  #count(pod: PodSummary, sign: 1 | -1): void {
    this.#phases.set(pod.phase, (this.#phases.get(pod.phase) ?? 0) + sign);
    const namespace = this.#namespaces.get(pod.namespace) ?? { pods: 0, pending: 0 };
    namespace.pods += sign;
    if (pod.phase === 'Pending') namespace.pending += sign;
    if (namespace.pods === 0) this.#namespaces.delete(pod.namespace);
    else this.#namespaces.set(pod.namespace, namespace);
    // Pods that ended hold no place on their node.
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return;
    const load = this.#loads.get(pod.node) ?? { pods: 0, cpu: 0, memory: 0 };
    load.pods += sign;
    load.cpu += sign * pod.cpu;
    load.memory += sign * pod.memory;
    if (load.pods === 0) this.#loads.delete(pod.node);
    else this.#loads.set(pod.node, load);
  }
}

const NO_NODE: Omit<NodeSummary, 'name'> & { readonly missing: true } = {
  ready: false,
  unschedulable: false,
  instanceType: '',
  zone: '',
  isSpot: false,
  createdAtMs: undefined,
  cpu: 0,
  memory: 0,
  pods: 0,
  ids: [],
  mark: undefined,
  missing: true,
};

/** What needs a look comes first. */
const STATUS_ORDER: readonly NodeStatus[] = ['missing', 'interrupted', 'not ready', 'cordoned', 'ready'];

function nodeStatus(node: NodeSummary & { readonly missing?: boolean }): NodeStatus {
  if (node.missing) return 'missing';
  if (node.mark) return 'interrupted';
  if (!node.ready) return 'not ready';
  return node.unschedulable ? 'cordoned' : 'ready';
}
