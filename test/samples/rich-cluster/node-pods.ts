import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { RichNode } from './rich-node.ts';
import { ownerUid } from './rich-pod.ts';

/** The pods that belong to a node and end with it: one of a DaemonSet, which wants this node whatever it says, and one of its kubelet. */
export function nodePods(nodeName: string, { hasStatic }: RichNode): KubeObject[] {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  const daemon = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: ownerUid('d'), controller: true };
  const kubelet = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeName, controller: true };
  const tolerations = [{ operator: 'Exists' }];
  return [
    nodePod(`daemon-${nodeName}`, { ownerReferences: [daemon] }, { tolerations, affinity: { nodeAffinity } }),
    ...(hasStatic
      ? [
          nodePod(
            `static-${nodeName}`,
            { ownerReferences: [kubelet], annotations: { 'kubernetes.io/config.mirror': 'x' } },
            { tolerations, nodeName },
          ),
        ]
      : []),
  ];
}

/** It is counted by the rules of one of the apps. */
function nodePod(name: string, metadata: object, spec: object): KubeObject {
  const containers = [{ name: 'main', image: 'none', resources: { requests: { cpu: '1' } } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: name, labels: { app: 'grey', version: '1' }, ...metadata },
    spec: { containers, ...spec },
  };
}
