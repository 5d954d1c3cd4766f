import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { Crowd } from '../simulate/crowd.ts';
import type { Mover, Rule, Scene } from '../simulate/mover.ts';
import { NodeSet } from '../simulate/node-set.ts';
import { Placement } from '../simulate/placement.ts';
import { stateOf } from './state-of.ts';

/** A rule that looks at a pod of a cluster. */
export interface PlacesQuestion {
  /** Made for the placement, because some look at more of it. */
  readonly rule: (placement: Placement) => Rule;
  readonly objects: readonly KubeObject[];
  /** Name of the pod. */
  readonly pod: string;
  /** Nodes that go, its own among them; left out: its own. */
  readonly gone?: readonly string[];
  readonly headroom?: number;
}

/** The names of the nodes that a rule lets a pod onto, its own left out. */
export function letsOnto(question: PlacesQuestion): string[] {
  const { placement, mover, scene, made } = look(question);
  const rules = made?.rules ?? [];
  return placement.nodes
    .filter(({ index }) => index !== mover.home && !scene.gone.has(index))
    .filter((node) => rules.every(({ lets }) => lets(node)))
    .map(({ record }) => record.name);
}

/** How many of the nodes that a rule lets a pod onto the other pods could make unfit for it, each of them one of a node of its own. */
export function hinderedBy(question: PlacesQuestion, others: readonly KubeObject[]): number {
  const { placement, mover, made } = look(question);
  const places = letsOnto(question).flatMap(
    (name) => placement.nodes.find(({ record }) => record.name === name)?.index ?? [],
  );
  const movers = stateOf(others).pods.map((one): Mover => ({ pod: one, home: -1, count: 1 }));
  const crowd = new Crowd([mover, ...movers], { groupOf: () => 0, overlap: () => true });
  return made?.hindrance?.(NodeSet.of(placement.nodes.length, places), crowd.around(mover)) ?? 0;
}

function look({ rule, objects, pod: name, gone, headroom = 0 }: PlacesQuestion) {
  const placement = new Placement(stateOf(objects));
  const pods = [...placement.nodes.flatMap(({ pods: on }) => on), ...placement.pending];
  const pod = pods.find((one) => one.name === name);
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  const indexOf = (node: string): number => placement.nodes.findIndex(({ record }) => record.name === node);
  const home = indexOf(pod.nodeName);
  const mover: Mover = { pod, home, count: 1 };
  const scene: Scene = { placement, gone: NodeSet.of(placement.nodes.length, gone?.map(indexOf) ?? [home]), headroom };
  const made = rule(placement)(mover, scene);
  return { placement, mover, scene, made };
}
