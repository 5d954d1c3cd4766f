import type { ChaosKind } from './history.ts';

/** Namespace of the controllers, and of the object that all append to. */
export const NAMESPACE = 'castai-agent';
/** The ConfigMap to which each `append` adds its id. */
export const SHARED = { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: NAMESPACE } as const;
/** What each `patchNode` puts on its node, beside a label with its id. */
export const OWN_TAINT = { key: 'own', value: 'x', effect: 'NoSchedule' } as const;

/** Time passes fifty times as fast: nothing that is not about a limit may meet one. */
const LONG_SECONDS = 100_000;

/** What the platform asks for under an id, as the wire writes it. */
export function chaosFields(id: string, kind: ChaosKind): object {
  const node = { nodeName: id, nodeId: `id-${id}` };
  switch (kind) {
    case 'evictPod':
      return { actionEvictPod: { namespace: 'default', podName: id, timeoutSeconds: LONG_SECONDS } };
    case 'drainNode':
      return { actionDrainNode: { ...node, drainTimeoutSeconds: LONG_SECONDS } };
    case 'deleteNode':
      return { actionDeleteNode: node };
    case 'patchNode':
      return { actionPatchNode: { ...node, labels: { done: id }, taints: [OWN_TAINT] } };
    case 'createEvent':
      return {
        actionCreateEvent: {
          reportingComponent: 'chaos',
          objectReference: { apiVersion: 'v1', kind: 'Node', name: id },
          eventType: 'Normal',
          reason: 'Chaos',
          message: id,
        },
      };
    case 'append':
      return {
        actionPatch: {
          id: { group: '', version: 'v1', resource: 'configmaps', namespace: NAMESPACE, name: SHARED.name },
          patchType: 'application/json-patch+json',
          patch: JSON.stringify([{ op: 'add', path: '/list/-', value: id }]),
        },
      };
  }
}
