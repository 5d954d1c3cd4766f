import type { PodDemand } from '../../view/pod-demand.ts';
import type { Mover, Rule } from '../mover.ts';
import type { Placement } from '../placement.ts';

/** Labels that tell what an image has to be made for; the older names mean the same. */
const PLATFORM_KEYS = ['kubernetes.io/os', 'kubernetes.io/arch'];

/**
 * A pod stays on the operating system and the processor that it runs on. The scheduler does not ask for that, and the pod would have a place; but an
 * image that is made for Linux alone does not start on Windows, and which ones it is made for is not known here. Whoever names them in
 * node selector or affinity is believed.
 */
export const platformRule: Rule = (mover, { placement }) => {
  const wanted = platformOf(mover, placement);
  if (wanted.length === 0) return undefined;
  const lets = (labels: Readonly<Record<string, string>>): boolean =>
    wanted.every(([key, value]) => labels[key] === value);
  return { rules: [{ code: 'platform', lets: ({ record }) => lets(record.labels) }] };
};

/** What a pod keeps to of the platform of its node: where all nodes are alike, and of pods that wait, nothing. */
export function platformOf({ pod, home }: Mover, placement: Placement): (readonly [key: string, value: string])[] {
  const labels = placement.nodes[home]?.record.labels ?? {};
  return PLATFORM_KEYS.flatMap((key) => {
    const value = labels[key];
    const isKept = value !== undefined && placement.domains(key).count > 1 && !names(pod.demand, key);
    return isKept ? [[key, value] as const] : [];
  });
}

/** Of the affinity's terms any may be the one that matches: each of them has to name it. */
function names({ nodeSelector, nodeTerms }: PodDemand, key: string): boolean {
  const keys = [key, `beta.${key}`];
  if (keys.some((one) => Object.hasOwn(nodeSelector, one))) return true;
  return nodeTerms?.every(({ labels }) => labels.some((requirement) => keys.includes(requirement.key))) ?? false;
}
