import type { PodTerm } from '../../view/pod-terms.ts';
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
    : terms.map(({ topologyKey }) => staying(mover, scene, topologyKey));
  return { rules: [{ code: 'pod_affinity', lets: ({ index }) => near.every((isNear) => isNear(index)) }] };
};

/** Nobody but this one pod is meant by all its terms, and it is. */
function isAloneInSeries({ pod, count }: Mover, { placement }: Scene): boolean {
  const terms = pod.demand.affinity;
  if (count !== 1 || !terms.every((term) => placement.isMeant(term, pod.namespace, pod))) return false;
  const series = placement.meantByAll(terms, pod.namespace);
  return series.reduce((sum, alike) => sum + alike.staying.length + alike.ending.length, 0) === 1;
}

function hasDomain({ placement }: Scene, { topologyKey }: PodTerm): (index: number) => boolean {
  const { of } = placement.domains(topologyKey);
  return (index) => (of[index] ?? -1) >= 0;
}

/** Whether a node lies in a domain in which somebody who is meant stays. */
function staying({ pod, home }: Mover, { placement, gone }: Scene, topologyKey: string): (index: number) => boolean {
  const { of, count } = placement.domains(topologyKey);
  const found = new Uint8Array(count);
  // One pod has to be meant by all terms: two that are meant by one each are nobody to the scheduler.
  for (const [index] of placement.countsNear(pod.demand.affinity, pod.namespace)) {
    const domain = of[index] ?? -1;
    if (domain >= 0 && index !== home && !gone.has(index) && placement.open.has(index)) found[domain] = 1;
  }
  return (index) => {
    const domain = of[index] ?? -1;
    return domain >= 0 && found[domain] === 1;
  };
}
