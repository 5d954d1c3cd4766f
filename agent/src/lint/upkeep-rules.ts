/** What a pod needs to be placed, watched and repeated: requests, probes, a tag, an account of its own. */
import { type LintRule, podRule } from './lint-rule.ts';
import type { PodPart } from './pod-part.ts';
import { flagAt, numberOrTextAt, type Part, partAt, textAt } from './read-part.ts';

export const UPKEEP_RULES: readonly LintRule[] = [
  podRule('unset-cpu-requirements', 'a container asks for no CPU', (pod) => lacks(pod, 'requests', 'cpu')),
  podRule('unset-memory-requirements', 'a container has no limit on memory', (pod) => lacks(pod, 'limits', 'memory')),
  podRule('no-liveness-probe', 'a container has no liveness probe', (pod) =>
    pod.regularContainers.some((container) => partAt(container, 'livenessProbe') === undefined),
  ),
  podRule('no-readiness-probe', 'a container has no readiness probe', (pod) =>
    pod.regularContainers.some((container) => partAt(container, 'readinessProbe') === undefined),
  ),
  podRule('latest-tag', 'an image has no tag, or the tag latest', (pod) =>
    pod.someContainer((container) => isMoving(textAt(container, 'image'))),
  ),
  podRule('default-service-account', 'the pod has the default account of its namespace, and its token', ({ spec }) => {
    const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
    return flagAt(spec, 'automountServiceAccountToken') !== false && (account === '' || account === 'default');
  }),
  podRule(
    'automount-service-account-token',
    'the pod does not say that it needs no token of its account',
    ({ spec }) => flagAt(spec, 'automountServiceAccountToken') !== false,
  ),
];

/** What is said of the pod as a whole (Kubernetes 1.34 and newer) holds for its containers. kube-linter does not know of it yet. */
function lacks(pod: PodPart, sort: 'requests' | 'limits', resource: string): boolean {
  const isUnset = (part: Part): boolean => isNothing(numberOrTextAt(partAt(partAt(part, 'resources'), sort), resource));
  return isUnset(pod.spec) && pod.someContainer(isUnset);
}

/** An amount of 0 asks for nothing. */
function isNothing(amount: number | string | undefined): boolean {
  return (
    amount === undefined || amount === 0 || (typeof amount === 'string' && /^[+-]?0*\.?0*(?:[a-zA-Z]|$)/.test(amount))
  );
}

/** A digest does not move, whatever tag is written beside it. The port of a registry is no tag. */
function isMoving(image: string): boolean {
  return image.endsWith(':latest') || !image.slice(image.lastIndexOf('/') + 1).includes(':');
}
