import type { PlaceRule, Rule } from '../mover.ts';
import type { PlacedNode } from '../placement.ts';
import type { ReasonCode } from '../reason.ts';
import { hinderedWithin } from './hindered-within.ts';

/**
 * Requests must fit into what a node has left, in every resource, and pods into their number. A share of each node's cores and memory is kept free. A pod
 * that requests nothing of a resource fits however little is left of it. (kube-scheduler, noderesources/fit)
 */
export const roomRule: Rule = ({ pod }, { placement, headroom }) => {
  const wanted = Object.entries({ ...pod.demand.requests, pods: 1 });
  const rules = wanted.map(([resource, amount]): PlaceRule => ({
    code: codeOf(resource),
    lets: (node) => leftOn(node, resource, headroom) >= amount,
  }));
  const costAt = (index: number, resource: string, amount: number): number => {
    const node = placement.nodes[index];
    return node === undefined ? 0 : leftOn(node, resource, headroom) - amount + 1;
  };
  return {
    rules,
    firm: (places, others) =>
      places.filter((index) =>
        wanted.every(([resource, amount]) => costAt(index, resource, amount) > others.total(resource)),
      ),
    fillsAll: (places, others) =>
      wanted.some(([resource, amount]) => {
        let budget = others.total(resource);
        for (const index of places) budget -= costAt(index, resource, amount);
        return budget >= 0;
      }),
    hindrance: (places, others) => {
      let hindered = 0;
      for (const [resource, amount] of wanted) {
        const budget = others.total(resource);
        if (budget === 0) continue;
        const costs = places.map((index) => costAt(index, resource, amount));
        hindered += hinderedWithin(costs, budget);
      }
      return hindered;
    },
  };
};

/** What a node has left of a resource for pods that come to it, in whole units. */
export function leftOn({ record, used }: PlacedNode, resource: string, headroom: number): number {
  const allocatable = record.allocatable[resource] ?? 0;
  const kept = resource === 'cpu' || resource === 'memory' ? Math.ceil(allocatable * headroom) : 0;
  return allocatable - kept - (used[resource] ?? 0);
}

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
