import type { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { sampleConfigMap } from './miscellaneous.ts';
import { type PodTemplate, podTemplate } from './pod-template.ts';
import type { OwnerReference, SampleObject } from './sample-object.ts';
import { sampleJob, sampleReplicaSet } from './workloads.ts';

/** Where what is left of the past stands. */
export interface PastPlace {
  readonly namespace: string;
  /** The deployment in it whose revisions the replica sets are. */
  readonly owner: OwnerReference;
  /** Seconds after the sample's epoch. */
  readonly createdAt: number;
}

const OBJECTS_OF_A_TEMPLATE = 30;

/** What a large cluster has most of besides pods, without end: finished jobs, replica sets of revisions that are past, and configuration. */
export function* samplePast(random: SeededRandom, place: PastPlace): Generator<SampleObject, never, undefined> {
  for (let index = 0; ; index += OBJECTS_OF_A_TEMPLATE) {
    const template = podTemplate(random, `past-${index}`);
    for (let of = index; of < index + OBJECTS_OF_A_TEMPLATE; of += 1) yield pastObject(of, template, place);
  }
}

function pastObject(index: number, template: PodTemplate, { namespace, owner, createdAt }: PastPlace): SampleObject {
  const name = `past-${index}`;
  const workload = { name, namespace, template, replicas: 0, createdAt };
  if (index % 3 === 0) return sampleConfigMap(namespace, name);
  if (index % 3 === 1) return sampleJob(workload);
  return sampleReplicaSet({ ...workload, owner, revision: 1, hash: index.toString(16).padStart(10, '0') });
}
