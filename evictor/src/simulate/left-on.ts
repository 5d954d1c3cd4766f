import type { PlacedNode } from './placed-node.ts';

/** What a node has left of a resource for pods that come to it, in whole units. */
export function leftOn(
  { record, used }: Pick<PlacedNode, 'record' | 'used'>,
  resource: string,
  headroom: number,
): number {
  const allocatable = record.allocatable[resource] ?? 0;
  const kept = resource === 'cpu' || resource === 'memory' ? Math.ceil(allocatable * headroom) : 0;
  return allocatable - kept - (used[resource] ?? 0);
}
