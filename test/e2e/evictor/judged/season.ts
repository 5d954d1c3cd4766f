import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { Removal } from '@castai/evictor/simulate/removal.ts';
import { simulate } from '@castai/evictor/simulate/simulate.ts';
import { stateOf } from '@castai/evictor/testing/state-of.ts';
import { budgetObjects, ownerObjects, type RichCluster } from '../../../samples/rich-cluster/rich-cluster.ts';
import { nodePods } from '../../../samples/rich-cluster/node-pods.ts';
import { type RichNode, nodeObjects } from '../../../samples/rich-cluster/rich-node.ts';
import { podObject, volumeObjects } from '../../../samples/rich-cluster/rich-pod.ts';
import { carryOut } from './carry-out.ts';
import type { JudgedCluster } from './judged-cluster.ts';
import { meetFates } from './meet-fates.ts';
import { isEnding, needsNoPlace, nodeOf, PlayedPods, wantedNodeOf } from './played-pods.ts';

const POLICY = { isAggressive: true, isScoped: false, nodeGraceMs: 0, headroom: 0, rules: [] };
const MOST_NODES = 8;
/** Plans that are tried in a season. */
const ROUNDS = 8;

/** The nodes that were removed, and what was moved. */
export type Judged = Removal['removable'];

/**
 * A cluster that lives for some seasons. In each new nodes, templates and pods come, most old pods go, the real scheduler places
 * them, and some meet their fate. Then plans for what has come about are carried out, one after another: new nodes come after each, and pods
 * go where there was none.
 */
export class Seasons {
  readonly #cluster: JudgedCluster;
  readonly #pods: PlayedPods;
  readonly #shuffle: (pods: readonly KubeObject[]) => KubeObject[];
  #nodes: string[] = [];
  /** Nodes whose pods are still there. */
  #lost: string[] = [];
  #season = 0;

  constructor(cluster: JudgedCluster, shuffle: (pods: readonly KubeObject[]) => KubeObject[]) {
    this.#cluster = cluster;
    this.#pods = new PlayedPods(cluster);
    this.#shuffle = shuffle;
  }

  /** Plays one; gives the plans in which somebody moved. */
  async play(rich: RichCluster): Promise<Judged[]> {
    const judged: Judged[] = [];
    const own = await this.#begin(rich);
    this.#lost = await meetFates({ cluster: this.#cluster, pods: this.#pods, rich, nodes: this.#nodes, own });
    this.#nodes = this.#nodes.filter((name) => !this.#lost.includes(name));
    for (let round = 0; round < ROUNDS; round += 1) {
      await this.#pods.settled();
      const objects = [...(await this.#cluster.state()), ...ownerObjects(rich.apps)];
      const { removable } = simulate({ state: stateOf(objects), policy: POLICY, nowMs: Date.now() });
      if (removable.every(({ moves }) => moves.length === 0)) {
        await this.#thinOut(objects);
        continue;
      }
      const deleted = await this.#carryOut(removable, objects);
      judged.push(removable);
      const later = rich.nodes.toSpliced(0, round).slice(0, deleted.size);
      await this.#pods.make(await this.#addNodes(later));
      await this.#cluster.renew(budgetObjects(rich.apps));
    }
    return judged;
  }

  async #carryOut(removable: Judged, objects: readonly KubeObject[]): Promise<Set<string>> {
    const gone = new Set(removable.map(({ node }) => node.name));
    try {
      const deleted = await carryOut({
        cluster: this.#cluster,
        pods: this.#pods,
        gone,
        nodes: new Set(objects.filter(({ kind }) => kind === 'Node').map(({ metadata }) => metadata.name)),
        planned: new Set(removable.flatMap(({ moves }) => moves.map(({ pod }) => pod.name))),
        before: objects.filter(({ kind }) => kind === 'Pod'),
        shuffle: this.#shuffle,
      });
      this.#nodes = this.#nodes.filter((name) => !deleted.has(name));
      return deleted;
    } catch (error) {
      throw new Error(`the plan without ${[...gone].join(', ')} failed for ${JSON.stringify(objects)}`, {
        cause: error,
      });
    }
  }

  /** Gives the new pods by their names, when the scheduler has decided. */
  async #begin(rich: RichCluster): Promise<ReadonlyMap<string, RichCluster['pods'][number]>> {
    const season = (this.#season += 1);
    for (const [index, pod] of (await this.#cluster.list('Pod')).entries()) {
      const isLeft = this.#nodes.includes(needsNoPlace(pod) ? wantedNodeOf(pod) : nodeOf(pod)) && !isEnding(pod);
      if (!isLeft || (index % 3 !== 0 && !needsNoPlace(pod))) await this.#cluster.removePod(pod);
    }
    this.#lost = [];
    await this.#cluster.clear(['PodDisruptionBudget']);
    const named = rich.pods.map((pod, index) => ({ name: `s${season}-${index}`, pod, app: rich.apps[pod.app] }));
    const daemons = await this.#addNodes(rich.nodes.slice(0, MOST_NODES - this.#nodes.length));
    await this.#cluster.create([
      ...budgetObjects(rich.apps),
      ...named.flatMap(({ name, pod, app }) => (app === undefined ? [] : volumeObjects(name, pod, app))),
    ]);
    await this.#pods.make([
      ...daemons,
      ...named.flatMap(({ name, pod, app }) => (app === undefined ? [] : [podObject(name, pod, app)])),
    ]);
    await this.#pods.settled();
    return new Map(named.map(({ name, pod }) => [name, pod]));
  }

  /** Gives the pods that belong to them. */
  async #addNodes(nodes: readonly RichNode[]): Promise<KubeObject[]> {
    const names = Array.from({ length: 2 * MOST_NODES }, (_, index) => `n${index}`);
    const free = names.filter((name) => !this.#nodes.includes(name) && !this.#lost.includes(name));
    const named = nodes.map((node, index) => ({ name: free[index] ?? '', node }));
    await this.#cluster.create(named.flatMap(({ name, node }) => nodeObjects(name, node)));
    this.#nodes.push(...named.map(({ name }) => name));
    return named.flatMap(({ name, node }) => nodePods(name, node));
  }

  /** Most of those that wait go, or some of those that have a place, so that there may be a plan without them. */
  async #thinOut(objects: readonly KubeObject[]): Promise<void> {
    const pods = objects.filter((one) => one.kind === 'Pod' && !needsNoPlace(one));
    const waiting = pods.filter((one) => nodeOf(one) === '');
    const some = waiting.length > 1 ? waiting.slice(1) : pods.filter((_, index) => index % 4 === 0);
    for (const pod of some) await this.#cluster.removePod(pod);
  }
}
