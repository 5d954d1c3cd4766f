import { compareText } from '../compare-text.ts';
import type { PodName, PodView } from './pod-view.ts';

/** What a drain has found out about pods in its rounds before. */
export interface PodsBefore {
  /** Uids that have been dealt with for good: those of a dry run, and tolerant ones that were asked, whatever they answered. */
  readonly settled: ReadonlySet<string>;
  /** Lineages of which a pod has gone, or was asked the only time that it is. */
  readonly left: ReadonlySet<string>;
  /** The pods of the last list, by uid, that are no successors. */
  readonly known: ReadonlyMap<string, KnownPod>;
}

/** Nothing has been found out yet. */
export const NOTHING_BEFORE: PodsBefore = { settled: new Set(), left: new Set(), known: new Map() };

/** What is known of a pod beside its name. */
export type KnownPod = Pick<PodView, 'lineage' | 'isTolerant'>;

/** What is to be done about the pods of a node. */
export interface EvictionPlan {
  /** Those to ask, in this order. */
  readonly standing: readonly PodName[];
  /** Those that have been asked, by whomever, and are still there. */
  readonly ending: readonly PodName[];
  /** What the next round has to know of this one's pods. */
  readonly known: ReadonlyMap<string, KnownPod>;
}

/**
 * Which pods of a node are evicted, and in which order: those that ask for the longest grace first, because they need all the
 * time there is; those of the system last, because the others need them while they end.
 *
 * Left alone: pods of DaemonSets and of what works like one, static pods, which nobody can evict, and pods that are ending or have ended.
 *
 * A pod that comes back is left alone as well: it takes the place of one that has gone, and asking it would only bring the next one, for as
 * long as the machine lives. One that tolerates every taint is asked once, because it may find another node, and not waited for. Successors
 * are told by their lineage and not by the clock: a pod that a scheduler has bound a moment too late counts as one and is not asked.
 */
export function planEvictions(
  pods: readonly PodView[],
  { settled, left, known: before }: PodsBefore = NOTHING_BEFORE,
): EvictionPlan {
  const evictable = pods
    .filter(({ isOver, isStatic, isDaemon }) => !isOver && !isStatic && !isDaemon)
    .filter(({ uid, lineage }) => before.has(uid) || !left.has(lineage));
  return {
    standing: evictable
      .filter(({ uid, isEnding }) => !isEnding && !settled.has(uid))
      .toSorted(inOrder)
      .map(toName),
    ending: evictable.filter(({ isEnding, isTolerant }) => isEnding && !isTolerant).map(toName),
    known: new Map(evictable.map(({ uid, lineage, isTolerant }) => [uid, { lineage, isTolerant }])),
  };
}

function inOrder(a: PodView, b: PodView): number {
  return (
    Number(a.isSystem) - Number(b.isSystem) ||
    b.graceSeconds - a.graceSeconds ||
    // Any fixed order, so that a plan is the same each time.
    compareText(a.uid, b.uid)
  );
}

function toName({ namespace, name, uid }: PodView): PodName {
  return { namespace, name, uid };
}
