import type { PodName, PodView } from '@castai/shared/drain/pod-view.ts';
import type { ActionTarget } from '../claim/action-record.ts';
import type { NodeIds } from '../poll/action.ts';
import { isKubeletAlive, isMeant } from './classify-node.ts';
import type { NodeView } from './node-view.ts';

/** What is to be done about a node that is to be deleted. */
export type NodeDeletion =
  | { readonly is: 'delete'; readonly uid: string }
  /** A drain has left pods that run, or some have come since: these are to end in the time that they ask for. None: those end already. */
  | { readonly is: 'end'; readonly pods: readonly PodView[]; readonly left: readonly PodView[] }
  /** It is gone, or the name is another machine's: nothing to delete, and nothing of that other machine is touched. */
  | { readonly is: 'gone' }
  /** It was deleted, by whomever, and is still there: a finalizer holds it. */
  | { readonly is: 'ending'; readonly detail: string }
  /** A machine that is alive would lose what runs on it. */
  | { readonly is: 'refused'; readonly detail: string };

/** What was read of the cluster. */
export interface DeletionView {
  readonly ids: NodeIds;
  readonly target: ActionTarget;
  /** Absent: there is none of that name. */
  readonly node: NodeView | undefined;
  /** All pods that are bound to that name. */
  readonly pods: readonly PodView[];
  /** A drain of ours emptied that very node. */
  readonly isEmptied: boolean;
  /** What this deletion has made end so far. */
  readonly ended: EndedPods;
  /** They had the time that they ask for: their kubelet has ended them by now. */
  readonly isWaitOver: boolean;
}

/** Pods that a deletion has made end, or found ending. */
export interface EndedPods {
  readonly uids: ReadonlySet<string>;
  readonly lineages: ReadonlySet<string>;
}

const MOST_NAMED = 10;

/**
 * Whether a node may be deleted. While its kubelet is alive its pods run: their objects would be deleted with grace 0, and a StatefulSet
 * would start the same pod, with the same volume, a second time elsewhere. What a drain leaves (DaemonSets, static pods) does not count.
 *
 * Of a node that a drain of ours has emptied all that runs is a pod that tolerates being kept off: it has stayed, or has come since. It has
 * had its asking, and ends in its own time before the node goes. What takes its place after that would never be the last one: it is not
 * waited for.
 */
export function planNodeDeletion(view: DeletionView): NodeDeletion {
  const { ids, target, node, pods, isEmptied } = view;
  if (target.is !== 'found' || node === undefined || node.uid !== target.uid || !isMeant(node, ids))
    return { is: 'gone' };
  if (node.isEnding) {
    return {
      is: 'ending',
      detail: `node ${node.name} is deleted and still there, held by ${node.finalizers.join(', ')}`,
    };
  }
  const running = pods.filter(({ isOver, isStatic, isDaemon }) => !isOver && !isStatic && !isDaemon);
  if (!isKubeletAlive(node) || running.length === 0) return { is: 'delete', uid: node.uid };
  // Cordoned still: pods that have come since somebody let them are no remainder of that drain.
  if (isEmptied && node.unschedulable) return planEnd(node.uid, running, view);
  const names = running.slice(0, MOST_NAMED).map(({ namespace, name }) => `${namespace}/${name}`);
  const more = running.length > MOST_NAMED ? ` and ${running.length - MOST_NAMED} more` : '';
  return {
    is: 'refused',
    detail: `the kubelet of node ${node.name} is alive and ${running.length} pods run there: ${names.join(', ')}${more}; drain it first`,
  };
}

function planEnd(uid: string, running: readonly PodView[], { ended, isWaitOver }: DeletionView): NodeDeletion {
  const left = running.filter((pod) => ended.uids.has(pod.uid) || !ended.lineages.has(pod.lineage));
  if (isWaitOver || left.length === 0) return { is: 'delete', uid };
  return { is: 'end', left, pods: left.filter((pod) => !pod.isEnding && !ended.uids.has(pod.uid)) };
}

/**
 * The pods that are left of a machine that is gone, to be deleted at once: no kubelet will. Once another machine has the name, those that
 * are bound to it may be that one's, and none is touched.
 */
export function planLeftPods(nodeNow: NodeView | undefined, pods: readonly PodView[]): readonly PodName[] {
  if (nodeNow !== undefined) return [];
  return pods.map(({ namespace, name, uid }) => ({ namespace, name, uid }));
}
