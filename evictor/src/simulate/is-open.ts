import type { NodeRecord } from '../view/node-record.ts';

/**
 * Whether a node takes pods at all. Those on a node that does not are about to leave it, or may be: nothing is built on them, and they are
 * counted among those that look for a place.
 */
export function isOpen(node: NodeRecord | undefined): boolean {
  return node !== undefined && node.isReady && !node.isCordoned && !node.isEnding && !node.isUnderPressure;
}
