import type { PodRecord } from '../../view/pod-record.ts';
import type { PodTerm } from '../../view/pod-terms.ts';
import { isOpen } from '../is-open.ts';
import type { Mover, Rule, Scene } from '../mover.ts';

/**
 * A pod that must be near others goes where one of them stays: those that move as well may end up anywhere. The first of a series, which
 * asks for itself and finds nobody, may go wherever there is such a domain. (kube-scheduler, interpodaffinity)
 */
export const podAffinityRule: Rule = (mover, scene) => {
  const terms = mover.pod.demand.affinity;
  if (terms.length === 0) return undefined;
  const near = isAloneInSeries(mover, scene)
    ? terms.map((term) => hasDomain(scene, term))
    : terms.map((term) => staying(mover, scene, term));
  return { rules: [{ code: 'pod_affinity', lets: ({ index }) => near.every((isNear) => isNear(index)) }] };
};

/** Nobody but this one pod is meant by all its terms, and it is. */
function isAloneInSeries({ pod, count }: Mover, { placement }: Scene): boolean {
  const terms = pod.demand.affinity;
  if (count !== 1 || !terms.every((term) => placement.isMeant(term, pod.namespace, pod))) return false;
  const all = [...placement.nodes.flatMap(({ pods }) => pods), ...placement.pending];
  return !all.some(
    (other) => other.uid !== pod.uid && terms.every((term) => placement.isMeant(term, pod.namespace, other)),
  );
}

function hasDomain({ placement }: Scene, { topologyKey }: PodTerm): (index: number) => boolean {
  const { of } = placement.domains(topologyKey);
  return (index) => (of[index] ?? -1) >= 0;
}

/** Whether a node lies in a domain in which somebody who is meant stays. */
function staying({ pod, home }: Mover, { placement, gone }: Scene, term: PodTerm): (index: number) => boolean {
  const { of, count } = placement.domains(term.topologyKey);
  const terms = pod.demand.affinity;
  const counts = placement.counts(term, pod.namespace);
  const found = new Uint8Array(count);
  for (const node of placement.nodes) {
    const { index, pods } = node;
    const domain = of[index] ?? -1;
    if (domain < 0 || index === home || gone.has(index) || (counts[index] ?? 0) === 0 || !isOpen(node)) continue;
    // Whoever is ending will be gone. One pod has to be meant by all terms: two that are meant by one each are nobody to the scheduler.
    const isMeant = (other: PodRecord): boolean => terms.every((one) => placement.isMeant(one, pod.namespace, other));
    if (pods.some((other) => !other.isEnding && isMeant(other))) found[domain] = 1;
  }
  return (index) => {
    const domain = of[index] ?? -1;
    return domain >= 0 && found[domain] === 1;
  };
}
