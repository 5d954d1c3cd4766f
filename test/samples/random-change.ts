import { type SampleObject, formatUid, sampleTime } from './sample-cluster/sample-object.ts';
import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';

/** One change of a cluster, as data, so that it can be carried out on a fake and on a real server. */
export type Change =
  | { readonly type: 'update'; readonly object: SampleObject }
  | { readonly type: 'create'; readonly object: SampleObject }
  | { readonly type: 'delete'; readonly object: SampleObject }
  /** Deleted and made again under the same name at once: the uid tells the two lives apart. */
  | { readonly type: 'recreate'; readonly object: SampleObject };

/**
 * Picks a change that could befall this object: mostly a condition that flips, an annotation or a scaling; one in ten
 * makes or ends an object, as often the one as the other, so that the cluster keeps its size. The object itself stays
 * as it is. The change's object has no resourceVersion: it is meant to be written unconditionally.
 */
export function randomChange(random: SeededRandom, object: SampleObject): Change {
  const share = random.next();
  if (share < 0.9 || !REPLACEABLE.has(object.kind)) return { type: 'update', object: randomUpdate(random, object) };
  if (share < 0.94) return { type: 'create', object: namesake(random, object) };
  if (share < 0.98) return { type: 'delete', object };
  return { type: 'recreate', object: secondLife(random, object) };
}

/** Kinds that come and go in a living cluster without taking others with them. */
const REPLACEABLE: ReadonlySet<string> = new Set(['Pod', 'ConfigMap', 'Job', 'ReplicaSet', 'Event']);

/** The same object after somebody wrote it: always different from before. */
function randomUpdate(random: SeededRandom, object: SampleObject): SampleObject {
  const changed = structuredClone(object);
  delete changed.metadata.resourceVersion;
  const touched = random.chance(0.7) && flipCondition(random, changed);
  if (!touched && !(random.chance(0.5) && scale(random, changed))) annotate(random, changed);
  return changed;
}

interface Condition {
  status: string;
  lastTransitionTime?: string;
}

function flipCondition(random: SeededRandom, object: SampleObject): boolean {
  const { conditions } = (object['status'] ?? {}) as { conditions?: Condition[] };
  if (conditions === undefined || conditions.length === 0) return false;
  const condition = random.pick(conditions);
  condition.status = condition.status === 'True' ? 'False' : 'True';
  condition.lastTransitionTime = sampleTime(100_000 + random.integer(10_000_000));
  return true;
}

function scale(random: SeededRandom, object: SampleObject): boolean {
  const spec = (object['spec'] ?? {}) as { replicas?: number };
  if (spec.replicas === undefined) return false;
  spec.replicas = (spec.replicas + 1 + random.integer(4)) % 10;
  return true;
}

function annotate(random: SeededRandom, object: SampleObject): void {
  object.metadata.annotations = { ...object.metadata.annotations, 'example.com/touched': random.hex(12) };
}

function namesake(random: SeededRandom, object: SampleObject): SampleObject {
  const made = secondLife(random, object);
  made.metadata.name = `${object.metadata.name.slice(0, 50).replace(/-x[0-9a-f]{6}$/u, '')}-x${random.hex(6)}`;
  return made;
}

function secondLife(random: SeededRandom, object: SampleObject): SampleObject {
  const { resourceVersion: _version, ...metadata } = structuredClone(object.metadata);
  return { ...structuredClone(object), metadata: { ...metadata, uid: formatUid(random.hex(32)) } };
}
