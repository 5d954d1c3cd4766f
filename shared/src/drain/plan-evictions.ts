import type { PodName, PodView } from './pod-view.ts';

/** What is to be done about the pods of a node. */
export interface EvictionPlan {
  /** Those to ask, in this order. */
  readonly standing: readonly PodName[];
  /** Those that have been asked, by whomever, and are still there. */
  readonly ending: readonly PodName[];
}

/**
 * Which pods of a node are evicted, and in which order: those that ask for the longest grace first, because they need all the
 * time there is; those of the system last, because the others need them while they end.
 *
 * Left alone: pods of DaemonSets, which tolerate the taint and would come back, static pods, which nobody can evict, and pods that
 * are ending or have ended.
 */
export function planEvictions(pods: readonly PodView[]): EvictionPlan {
  const evictable = pods.filter(({ isOver, isStatic, isDaemon }) => !isOver && !isStatic && !isDaemon);
  return {
    standing: evictable
      .filter(({ isEnding }) => !isEnding)
      .toSorted(inOrder)
      .map(toName),
    ending: evictable.filter(({ isEnding }) => isEnding).map(toName),
  };
}

function inOrder(a: PodView, b: PodView): number {
  return (
    Number(a.isSystem) - Number(b.isSystem) ||
    b.graceSeconds - a.graceSeconds ||
    // Any fixed order, so that a plan is the same each time.
    a.uid.localeCompare(b.uid)
  );
}

function toName({ namespace, name, uid }: PodView): PodName {
  return { namespace, name, uid };
}
