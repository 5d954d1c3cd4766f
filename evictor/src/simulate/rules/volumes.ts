import { type ClaimUse, handlesByDriver } from '../claim-use.ts';
import type { Rule } from '../mover.ts';
import type { Placement } from '../placement.ts';
import type { PlacedNode } from '../placed-node.ts';
import { hinderedWithin } from './hindered-within.ts';
import { matchesAny } from './node-affinity.ts';

/** A volume wants its zone or its node, and a node takes only so many volumes of a driver. */
export function volumesRule(use: ClaimUse, placement: Placement): Rule {
  const limits = new Map(placement.state.attachLimits.map((one) => [one.nodeName, one.drivers]));
  /** Volumes of a driver that a node takes beside those that it has. */
  const roomOf = (node: PlacedNode, driver: string): number => {
    const drivers = limits.get(node.record.name);
    // A node has the drivers that its CSINode names. Before there is one it has none: a driver may keep pods off such nodes. (KEP-5030)
    const limit = drivers?.[driver] ?? 0;
    return limit - (use.onNode(node).get(driver)?.size ?? 0) - use.unknownOn(node);
  };
  return ({ pod }) => {
    const volumes = use.volumes(pod);
    if (volumes.length === 0) return undefined;
    const wanted = [...handlesByDriver(volumes)].map(([driver, handles]) => [driver, handles.size] as const);
    return {
      rules: [
        { code: 'volume_zone', lets: ({ record }) => volumes.every(({ nodeTerms }) => matchesAny(nodeTerms, record)) },
        { code: 'volume_limit', lets: (node) => wanted.every(([driver, count]) => roomOf(node, driver) >= count) },
      ],
      hindrance: (places, others) => {
        let hindered = 0;
        for (const [driver, count] of wanted) {
          const brought = others.movers.reduce((sum, other) => sum + other.count * use.mostOf(other.pod, driver), 0);
          if (brought === 0) continue;
          const costs = places.list().flatMap((index) => {
            const node = placement.nodes[index];
            return node === undefined ? [] : [roomOf(node, driver) - count + 1];
          });
          hindered += hinderedWithin(costs, brought);
        }
        return hindered;
      },
    };
  };
}
