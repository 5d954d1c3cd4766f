import type { PlacedNode } from './placed-node.ts';

/**
 * Whether a node takes pods at all. Those on a node that does not are about to leave it, or may be: nothing is built on them, and they are
 * counted among those that look for a place.
 */
export function isOpen({ record }: Pick<PlacedNode, 'record'>): boolean {
  return record.isReady && !record.isCordoned && !record.isEnding && !record.isUnderPressure;
}
