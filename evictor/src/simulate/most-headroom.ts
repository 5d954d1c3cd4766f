import type { Amounts } from '../view/requests.ts';
import { leftOn } from './left-on.ts';
import type { PlacedNode } from './placed-node.ts';

/**
 * The largest headroom, in whole percents up to a bound, with which a node has room for what is requested; -1 where it has none without any. Found
 * from what is left, not by trying one after another: it is asked for thousands of pods, each of thousands of nodes.
 */
export function mostHeadroom(node: Pick<PlacedNode, 'record' | 'used'>, requests: Amounts, bound: number): number {
  let most = bound;
  for (const [resource, amount] of Object.entries(requests)) {
    const isRoomy = (percent: number): boolean => leftOn(node, resource, percent / 100) >= amount;
    const spare = leftOn(node, resource, 0) - amount;
    const share = Math.floor((100 * spare) / Math.max(1, node.record.allocatable[resource] ?? 0));
    // What is kept free is rounded up: the division may be one off.
    if (!isRoomy(most)) most = Math.max(-1, Math.min(most, share + 1));
    while (most >= 0 && !isRoomy(most)) most -= 1;
  }
  return most;
}
