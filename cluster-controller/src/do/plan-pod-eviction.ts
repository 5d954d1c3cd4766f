import type { PodName, PodView } from '@castai/shared/drain/pod-view.ts';
import type { ActionTarget } from '../claim/action-record.ts';

/** What is to be done about a pod that is to leave. */
export type PodEviction =
  | { readonly is: 'evict'; readonly pod: PodName }
  /** It was asked, by whomever, and takes its time. */
  | { readonly is: 'wait' }
  /** It has left, or has ended. What has its name by now is another pod. */
  | { readonly is: 'gone' }
  | { readonly is: 'refused'; readonly detail: string };

/** `pod`: what has the name now; absent: nothing. The pod that is meant is the one whose uid was found when the action was claimed. */
export function planPodEviction(target: ActionTarget, pod: PodView | undefined): PodEviction {
  if (target.is !== 'found' || pod === undefined || pod.uid !== target.uid || pod.isOver) return { is: 'gone' };
  const { namespace, name, uid } = pod;
  if (pod.isStatic) return { is: 'refused', detail: `pod ${namespace}/${name} is static: only its node can end it` };
  return pod.isEnding ? { is: 'wait' } : { is: 'evict', pod: { namespace, name, uid } };
}
