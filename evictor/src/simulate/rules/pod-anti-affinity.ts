import type { PodRecord } from '../../view/pod-record.ts';
import type { PodTerm } from '../../view/pod-terms.ts';
import type { Mover, Others, Rule, Scene } from '../mover.ts';
import type { NodeCounts } from '../node-counts.ts';
import type { NodeSet } from '../node-set.ts';
import type { Placement } from '../placement.ts';

/**
 * Anti-affinity works both ways: what a pod says of others keeps it off, and what others say of it. Of the node that goes only those pods
 * count that end with it, because they are there until it is deleted; those of other nodes that go count as if they stayed, because they
 * may come back to where they were.
 */
export const podAntiAffinityRule: Rule = (mover, scene) => {
  const { placement } = scene;
  const { pod } = mover;
  const { home } = mover;
  const staying = placement.staying(home);
  const own = pod.demand.antiAffinity.map((term) => {
    const isAtHome = staying.some((other) => placement.isMeant(term, pod.namespace, other));
    return taken(scene, { term, counts: placement.counts(term, pod.namespace), home, isAtHome });
  });
  const foreign = placement.heldAgainst(pod).map(({ term, namespace, holders }) => {
    const isHolder = (other: PodRecord): boolean =>
      other.namespace === namespace && other.demand.antiAffinity.includes(term);
    return taken(scene, { term, counts: holders, home, isAtHome: staying.some(isHolder) });
  });
  const all = [...own, ...foreign];
  return {
    rules:
      all.length === 0 ? [] : [{ code: 'anti_affinity', lets: ({ index }) => all.every((isTaken) => !isTaken(index)) }],
    hindrance: (places, others) => {
      const domains = new Map<string, Int32Array>();
      let hindered = 0;
      for (const [{ count }, keys] of keysBetween(placement, pod, others)) {
        for (const key of keys) {
          let sizes = domains.get(key);
          if (sizes === undefined) domains.set(key, (sizes = largestFirst(placement, key, places)));
          // Whoever comes to a domain makes all of it unfit.
          hindered += sizes.subarray(0, count).reduce((sum, size) => sum + size, 0);
        }
        if (hindered >= places.size) break;
      }
      return hindered;
    },
  };
};

interface Taken {
  readonly term: PodTerm;
  readonly counts: NodeCounts;
  readonly home: number;
  /** Somebody whom it finds on the node that is left stays there until it is deleted. */
  readonly isAtHome: boolean;
}

/** Whether a node lies in a domain in which a term finds somebody. */
function taken({ placement }: Scene, { term, counts, home, isAtHome }: Taken): (index: number) => boolean {
  const { of, count } = placement.domains(term.topologyKey);
  const found = new Uint8Array(count);
  const mark = (index: number): void => {
    const domain = of[index] ?? -1;
    if (domain >= 0) found[domain] = 1;
  };
  for (const [index] of counts) if (index !== home) mark(index);
  if (isAtHome) mark(home);
  return (index) => {
    const domain = of[index] ?? -1;
    return domain >= 0 && found[domain] === 1;
  };
}

/** The others that a pod and they keep each other off, and the topology keys in whose domains they do, each once. */
function keysBetween(placement: Placement, pod: PodRecord, others: Others): Map<Mover, Set<string>> {
  const keys = new Map<Mover, Set<string>>();
  const add = (other: Mover, { topologyKey }: PodTerm): unknown =>
    keys.set(other, (keys.get(other) ?? new Set()).add(topologyKey));
  for (const term of pod.demand.antiAffinity)
    for (const other of others.selectedBy(term.selector))
      if (placement.isMeant(term, pod.namespace, other.pod)) add(other, term);
  for (const { term, mover } of placement.whoMean(pod, others.termsAbout(pod))) add(mover, term);
  return keys;
}

/** How many of the places lie in each domain of a key, those with most first. */
function largestFirst(placement: Placement, key: string, places: NodeSet): Int32Array {
  const { of, count } = placement.domains(key);
  const sizes = new Int32Array(count);
  for (const index of places.list()) {
    const domain = of[index] ?? -1;
    if (domain >= 0) sizes[domain] = (sizes[domain] ?? 0) + 1;
  }
  return sizes.toSorted((a, b) => b - a);
}
