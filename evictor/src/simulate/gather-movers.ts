import type { PodRecord } from '../view/pod-record.ts';
import type { Mover } from './mover.ts';

/** Numbers pods so that those with the same number are alike in all that placement looks at. Pods with claims are like nobody. */
export class PodKinds {
  readonly #kinds = new Map<PodRecord['demand'], Map<PodRecord['labels'], Map<string, number>>>();
  #next = 0;

  /** The number of a pod's kind. */
  of({ demand, labels, namespace, claims, uid }: PodRecord): number {
    const byLabels = inside(this.#kinds, demand, () => new Map<PodRecord['labels'], Map<string, number>>());
    const byPlace = inside(byLabels, labels, () => new Map<string, number>());
    return inside(byPlace, claims.length === 0 ? namespace : `${namespace}/${uid}`, () => this.#next++);
  }
}

/** Puts pods of one node that are alike together. */
export function gatherMovers(pods: readonly PodRecord[], home: number, kinds: PodKinds): Mover[] {
  return [...Map.groupBy(pods, (pod) => kinds.of(pod)).values()].flatMap((alike) => {
    const [pod] = alike;
    return pod === undefined ? [] : [{ pod, home, count: alike.length }];
  });
}

function inside<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
