import type { PlaceRule, Rule } from '../mover.ts';
import { leftOn } from '../left-on.ts';
import type { ReasonCode } from '../reason.ts';

/**
 * Requests must fit into what a node has left, in every resource, and pods into their number. A share of each node's cores and memory is kept free. A pod
 * that requests nothing of a resource fits however little is left of it. (kube-scheduler, noderesources/fit)
 */
export const roomRule: Rule = ({ pod }, { placement, headroom }) => {
  const wanted = Object.entries({ ...pod.demand.requests, pods: 1 }).map(
    ([resource, amount]) => [resource, amount, placement.left(resource, headroom)] as const,
  );
  const rules = wanted.map(([resource, amount, left]): PlaceRule => ({
    code: codeOf(resource),
    // A node as it will be later is another one with the same index.
    lets: (node) =>
      (placement.nodes[node.index] === node ? (left[node.index] ?? 0) : leftOn(node, resource, headroom)) >= amount,
  }));
  /** What it takes to make a place unfit. */
  const costOf = (left: Float64Array, index: number, amount: number): number => (left[index] ?? 0) - amount + 1;
  return {
    rules,
    firm: (places, others) =>
      places.filter((index) =>
        wanted.every(([resource, amount, left]) => costOf(left, index, amount) > others.total(resource)),
      ),
    fillsAll: (places, others) =>
      wanted.some(([resource, amount, left]) => {
        let budget = others.total(resource);
        for (const index of places.list()) budget -= costOf(left, index, amount);
        return budget >= 0;
      }),
    hindrance: (places, others) => {
      let hindered = 0;
      for (const [resource, amount, left] of wanted) {
        let budget = others.total(resource);
        if (budget === 0) continue;
        // The cheapest first. Sorted once for all pods: thousands ask, each of thousands of places.
        for (const index of placement.fullestFirst(resource, headroom)) {
          if (!places.has(index)) continue;
          budget -= costOf(left, index, amount);
          if (budget < 0) break;
          hindered += 1;
        }
      }
      return hindered;
    },
  };
};

function codeOf(resource: string): ReasonCode {
  switch (resource) {
    case 'cpu':
      return 'no_room_cpu';
    case 'memory':
      return 'no_room_memory';
    case 'pods':
      return 'no_room_pods';
    default:
      return 'no_room_other';
  }
}
