import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { JudgedCluster } from './judged-cluster.ts';
import { isEnding, isReplacedAtOnce, needsNoPlace, nodeOf, type PlayedPods, wantedNodeOf } from './played-pods.ts';

/** A plan, and what is known of the cluster that it was made for. */
export interface CarryOutOptions {
  readonly cluster: JudgedCluster;
  readonly pods: PlayedPods;
  /** The nodes that go. */
  readonly gone: ReadonlySet<string>;
  /** All nodes that there are: of another one a pod will be made anew. */
  readonly nodes: ReadonlySet<string>;
  /** Names of the pods that have to find another place, as the plan says. */
  readonly planned: ReadonlySet<string>;
  /** The pods as the plan saw them. */
  readonly before: readonly KubeObject[];
  /** Puts them into an order of the test's own. */
  readonly shuffle: (pods: readonly KubeObject[]) => KubeObject[];
}

/**
 * Carries a plan out: cordons its nodes, evicts who is on them by the API that knows budgets, lets those end that are ending, makes all of them
 * anew at once, and deletes those nodes that were not empty when everybody has a place. Gives their names. Throws what the API server refuses, and when somebody who had a place is
 * left without one, or had to go and the plan did not say so.
 */
export async function carryOut({
  cluster,
  pods,
  gone,
  nodes,
  planned,
  before,
  shuffle,
}: CarryOutOptions): Promise<Set<string>> {
  const placed = before.filter((pod) => nodeOf(pod) !== '' && !needsNoPlace(pod));
  const isLost = (pod: KubeObject): boolean => !nodes.has(nodeOf(pod));
  const leaving = placed.filter((pod) => gone.has(nodeOf(pod)) || isEnding(pod) || isLost(pod));
  const missed = leaving.filter((pod) => !isEnding(pod) && !isLost(pod) && !planned.has(pod.metadata.name));
  if (missed.length > 0) throw new Error(`the plan forgets ${missed.map(({ metadata }) => metadata.name).join(', ')}`);
  // Whoever ends elsewhere, or whose node is no more, has been promised nothing.
  const promised = new Set(
    placed.filter((pod) => !leaving.includes(pod) || planned.has(pod.metadata.name)).map((pod) => pods.lineOf(pod)),
  );
  await Promise.all([...gone].map((name) => cluster.patchNode(name, { spec: { unschedulable: true } })));
  await Promise.all(
    shuffle(leaving).map(async (pod) => {
      await (isEnding(pod) || isLost(pod) ? cluster.removePod(pod) : cluster.evict(pod));
      if (!isEnding(pod) || !isReplacedAtOnce(pod)) await pods.again(pod);
    }),
  );
  const hasPlaces = (all: readonly KubeObject[], isPlace: (node: string) => boolean): boolean => {
    const lines = new Set(all.filter((pod) => !isEnding(pod) && isPlace(nodeOf(pod))).map((pod) => pods.lineOf(pod)));
    return [...promised].every((line) => lines.has(line));
  };
  const what = `everybody has a place: ${[...promised].join(', ')}`;
  await pods.until({ what, isThere: (all) => hasPlaces(all, (node) => node !== '') });
  // Who tolerates a cordon may have come back, or was faster than the cordon.
  const everybody = [...leaving, ...(await cluster.list('Pod')).filter((pod) => !needsNoPlace(pod))];
  const deleted = new Set(everybody.map(nodeOf).filter((name) => gone.has(name)));
  for (const name of gone) {
    if (deleted.has(name)) await cluster.removeNode(name);
    else await cluster.patchNode(name, { spec: { unschedulable: null } });
  }
  await pods.until({
    what: `${what} without ${[...gone].join(', ')}`,
    tend: async (all) => {
      for (const pod of all.filter((one) => deleted.has(nodeOf(one)) || deleted.has(wantedNodeOf(one))))
        await pods.leave(pod);
    },
    isThere: (all) => hasPlaces(all, (node) => node !== '' && !deleted.has(node)),
    // Somebody who waits may find that he can push others out, now that his neighbours have moved.
    isLasting: true,
  });
  return deleted;
}
