import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { recordIn } from '@castai/shared/kube/read-value.ts';
import { PodKinds } from '../simulate/gather-movers.ts';
import { NodeSet } from '../simulate/node-set.ts';
import { Placement } from '../simulate/placement.ts';
import { Proof } from '../simulate/proof.ts';
import { stateOf } from './state-of.ts';

/**
 * Gives pods places in a cluster of these objects without a scheduler: each in turn comes to some node that takes it by what is simulated, the
 * others wait. It judges nothing, and is good only for properties that hold wherever pods are.
 */
export function settle(objects: readonly KubeObject[], pods: readonly KubeObject[]): KubeObject[] {
  const placed: KubeObject[] = [];
  for (const pod of pods) {
    const nodeName = placeOf([...objects, ...placed, pod], pod.metadata.name);
    placed.push(nodeName === undefined ? pod : { ...pod, spec: { ...recordIn(pod['spec']), nodeName } });
  }
  return placed;
}

function placeOf(objects: readonly KubeObject[], name: string): string | undefined {
  const placement = new Placement(stateOf(objects));
  const pod = placement.pending.find((one) => one.name === name);
  if (pod === undefined) return undefined;
  const scene = { placement, gone: NodeSet.NONE, headroom: 0 };
  const places = new Proof(placement, new PodKinds()).placesOf({ pod, home: -1, count: 1 }, scene).list();
  const chosen = places[objects.length % Math.max(1, places.length)];
  return chosen === undefined ? undefined : placement.nodes[chosen]?.record.name;
}
