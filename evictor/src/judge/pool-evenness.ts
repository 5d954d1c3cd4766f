import { type NodeRecord, poolOf } from '../view/node-record.ts';
import { isVirtualKubelet } from '../view/virtual-node.ts';
import { hasCopiedImage, makeOf } from './judge-drift.ts';

/** Since when the nodes of each pool are not all alike, in milliseconds. Pools that are even, or gone, are missing. */
export type MixedSince = ReadonlyMap<string, number>;

/** What is known after another look. */
export function updateMixedSince(before: MixedSince, nodes: readonly NodeRecord[], nowMs: number): MixedSince {
  const machines = nodes.filter((node) => !isVirtualKubelet(node));
  // Nodes of which nobody says that they are of one pool, nor of one type, were not made alike: they are of whatever kind somebody had.
  const mixed = [...Map.groupBy(machines, poolOf)].filter(([pool, members]) => pool !== '' && isMixed(members));
  return new Map(mixed.map(([pool]) => [pool, before.get(pool) ?? nowMs]));
}

/**
 * Nodes that the platform makes have their pool's label from the node that they were copied from, and run other images on purpose: those of each
 * maker are compared among themselves, and of both only the kubelet.
 */
function isMixed(nodes: readonly NodeRecord[]): boolean {
  const makers = [nodes.filter(hasCopiedImage), nodes.filter((node) => !hasCopiedImage(node))];
  const kubelets = new Set(nodes.map(({ system }) => system.kubeletVersion));
  return kubelets.size > 1 || makers.some((some) => new Set(some.map(makeOf)).size > 1);
}
