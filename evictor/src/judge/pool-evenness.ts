import { type NodeRecord, poolOf } from '../view/node-record.ts';
import { hasCopiedImage, makeOf } from './judge-drift.ts';

/** Since when the nodes of each pool are not all alike, in milliseconds. Pools that are even, or gone, are missing. */
export type MixedSince = ReadonlyMap<string, number>;

/** What is known after another look. */
export function updateMixedSince(before: MixedSince, nodes: readonly NodeRecord[], nowMs: number): MixedSince {
  const mixed = [...Map.groupBy(nodes, poolOf)].filter(([, members]) => isMixed(members));
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
