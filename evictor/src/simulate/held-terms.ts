import type { PodTerm } from '../view/pod-terms.ts';
import { NodeCounts } from './node-counts.ts';
import type { PlacedNode } from './placed-node.ts';

/** A term of anti-affinity that pods of the cluster have, and how many have it on each node. */
export interface HeldTerm {
  readonly term: PodTerm;
  readonly namespace: string;
  readonly holders: NodeCounts;
}

/** The terms of anti-affinity that pods on nodes have. */
export function heldTerms(nodes: readonly PlacedNode[]): HeldTerm[] {
  const held = new Map<PodTerm, Map<string, number[]>>();
  for (const { index, pods } of nodes) {
    for (const { namespace, demand } of pods) {
      for (const term of demand.antiAffinity) {
        let byNamespace = held.get(term);
        if (byNamespace === undefined) held.set(term, (byNamespace = new Map()));
        const at = byNamespace.get(namespace);
        if (at === undefined) byNamespace.set(namespace, [index]);
        else at.push(index);
      }
    }
  }
  return [...held].flatMap(([term, byNamespace]) =>
    [...byNamespace].map(([namespace, at]) => ({ term, namespace, holders: new NodeCounts(at) })),
  );
}
