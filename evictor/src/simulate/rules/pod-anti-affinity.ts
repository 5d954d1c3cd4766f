import type { PodRecord } from '../../view/pod-record.ts';
import type { PodTerm } from '../../view/pod-terms.ts';
import type { Mover, Rule, Scene } from '../mover.ts';
import type { NodeCounts } from '../node-counts.ts';
import type { NodeSet } from '../node-set.ts';

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
      let hindered = 0;
      // Who says nothing is kept off only by those who do.
      for (const other of own.length === 0 ? others.apart : others.everyone) {
        const keys = keysBetween(scene, pod, other.pod);
        // Whoever comes to a domain makes all of it unfit.
        for (const key of new Set(keys)) hindered += largestDomains(scene, { key, places, count: other.count });
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

/** Topology keys in whose domains two pods that both move keep each other off. */
function keysBetween({ placement }: Scene, a: PodRecord, b: PodRecord): string[] {
  const ofOne = (one: PodRecord, other: PodRecord): string[] =>
    one.demand.antiAffinity
      .filter((term) => placement.isMeant(term, one.namespace, other))
      .map(({ topologyKey }) => topologyKey);
  return [...ofOne(a, b), ...ofOne(b, a)];
}

/** How many of the places lie in the so many domains that hold most of them. */
function largestDomains(
  { placement }: Scene,
  { key, places, count }: { key: string; places: NodeSet; count: Mover['count'] },
): number {
  const { of, count: domains } = placement.domains(key);
  const sizes = new Int32Array(domains);
  for (const index of places.list()) {
    const domain = of[index] ?? -1;
    if (domain >= 0) sizes[domain] = (sizes[domain] ?? 0) + 1;
  }
  return sizes
    .toSorted((a, b) => b - a)
    .subarray(0, count)
    .reduce((sum, size) => sum + size, 0);
}
