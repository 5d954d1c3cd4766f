import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { numberIn, recordIn } from '@castai/shared/kube/read-value.ts';

/** What is kept of a controller of pods. */
export interface WorkloadRecord {
  readonly uid: string;
  /** Pods that it is asked to keep; Kubernetes' default is one. */
  readonly replicas: number;
}

/** Reads a ReplicaSet, ReplicationController, StatefulSet, or a Job, whose pods run side by side. */
export function readWorkload(object: KubeObject): WorkloadRecord {
  const spec = recordIn(object['spec']);
  return { uid: object.metadata.uid ?? '', replicas: numberIn(spec['replicas']) ?? numberIn(spec['parallelism']) ?? 1 };
}
