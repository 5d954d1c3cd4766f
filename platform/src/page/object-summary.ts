/** What the page shows of one pod or node, read from its scrubbed body. Pure; tolerates any shape, since fields may be scrubbed. */
import { field, list, text } from './loose-fields.ts';
import { isSpotNode } from './is-spot-node.ts';
import { type NodeMark, nodeIds, nodeMark } from './node-mark.ts';
import { quantity } from './quantity.ts';

/** One pod. */
export interface PodSummary {
  readonly namespace: string;
  readonly name: string;
  /** Empty: not scheduled. */
  readonly node: string;
  readonly phase: string;
  /** Cores and bytes that its containers ask for; 0 when it has ended. */
  readonly cpu: number;
  readonly memory: number;
}

/** One node. */
export interface NodeSummary {
  readonly name: string;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly instanceType: string;
  readonly zone: string;
  /** Bought at a discount that ends whenever the provider wants the machine back. */
  readonly isSpot: boolean;
  readonly createdAtMs: number | undefined;
  readonly cpu: number;
  readonly memory: number;
  /** How many pods it may run. */
  readonly pods: number;
  /** By what the cloud and the platform call it, in lower case. */
  readonly ids: readonly string[];
  /** What a spot handler has marked it with; `undefined`: nothing. */
  readonly mark: NodeMark | undefined;
}

/** Reads a pod. */
export function podSummary(body: unknown): PodSummary {
  const spec = field(body, 'spec');
  const phase = text(field(field(body, 'status'), 'phase')) || 'Unknown';
  const ended = phase === 'Succeeded' || phase === 'Failed';
  return {
    namespace: text(field(field(body, 'metadata'), 'namespace')),
    name: text(field(field(body, 'metadata'), 'name')),
    node: text(field(spec, 'nodeName')),
    phase,
    cpu: ended ? 0 : podRequest(spec, 'cpu'),
    memory: ended ? 0 : podRequest(spec, 'memory'),
  };
}

/** Reads a node. */
export function nodeSummary(body: unknown): NodeSummary {
  const metadata = field(body, 'metadata');
  const status = field(body, 'status');
  const allocatable = field(status, 'allocatable');
  const labels = field(metadata, 'labels');
  const createdAtMs = Date.parse(text(field(metadata, 'creationTimestamp')));
  const ready = list(field(status, 'conditions')).find((condition) => field(condition, 'type') === 'Ready');
  return {
    name: text(field(metadata, 'name')),
    ready: field(ready, 'status') === 'True',
    unschedulable: field(field(body, 'spec'), 'unschedulable') === true,
    instanceType: text(field(labels, 'node.kubernetes.io/instance-type')),
    zone: text(field(labels, 'topology.kubernetes.io/zone')),
    isSpot: isSpotNode(labels),
    createdAtMs: Number.isNaN(createdAtMs) ? undefined : createdAtMs,
    cpu: quantity(field(allocatable, 'cpu')),
    memory: quantity(field(allocatable, 'memory')),
    pods: quantity(field(allocatable, 'pods')),
    ids: nodeIds(body),
    mark: nodeMark(body),
  };
}

/**
 * What the scheduler reserves: containers and sidecars (init containers that always restart) run together; other init
 * containers run alone before them, so only the largest counts.
 */
function podRequest(spec: unknown, resource: 'cpu' | 'memory'): number {
  const request = (container: unknown): number =>
    quantity(field(field(field(container, 'resources'), 'requests'), resource));
  const init = list(field(spec, 'initContainers'));
  const isSidecar = (container: unknown): boolean => field(container, 'restartPolicy') === 'Always';
  const together = [...list(field(spec, 'containers')), ...init.filter(isSidecar)];
  const running = together.reduce<number>((sum, container) => sum + request(container), 0);
  const starting = init.filter((container) => !isSidecar(container)).map(request);
  return Math.max(running, ...starting) + quantity(field(field(spec, 'overhead'), resource));
}
