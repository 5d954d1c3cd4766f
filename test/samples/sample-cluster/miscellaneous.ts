import { type SampleObject, sampleTime } from './sample-object.ts';

/** A namespace as its controller leaves it. */
export function sampleNamespace(name: string): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** Configuration files of a workload; one value looks like a password. */
export function sampleConfigMap(namespace: string, name: string): SampleObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: {
      'app.yaml': 'listen: :8080\ndatabase:\n  user: shop\n  password: correct-horse-battery\n',
      mode: 'production',
    },
  };
}

/** The event that the kubelet writes when it evicts a pod because the node ran out of memory. */
export function sampleEvictionEvent(pod: SampleObject): SampleObject {
  const { name, namespace = 'default', uid } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${(uid ?? '').slice(0, 12)}`,
      namespace,
      annotations: { offending_containers: 'main', starved_resource: 'memory' },
    },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    reason: 'Evicted',
    message: 'The node was low on resource: memory. Container main was using 700Mi, request is 256Mi.',
    source: { component: 'kubelet' },
    firstTimestamp: sampleTime(7200),
    lastTimestamp: sampleTime(7200),
    count: 1,
    type: 'Warning',
    eventTime: null,
    reportingComponent: 'kubelet',
    reportingInstance: '',
  };
}
