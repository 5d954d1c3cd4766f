import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import fc from 'fast-check';
import { present } from './arbitraries.ts';
import type { RichApp } from './rich-app.ts';
import { APPS, DRIVER, HEAVY_OVERHEAD, HEAVY_RUNTIME, HOST, PRIORITIES, ZONE } from './rich-names.ts';

/** What makes a pod of a rich cluster beside its template. */
export interface RichPod {
  readonly app: number;
  readonly version: string;
  /** Where its volume is. */
  readonly zone: string;
  readonly isReady: boolean;
  /** What becomes of it when it has its place. */
  readonly fate: 'ending' | 'finished' | 'growing' | undefined;
}

/** A random pod. */
export const richPod: fc.Arbitrary<RichPod> = fc.record({
  app: fc.nat(APPS.length - 1),
  version: fc.constantFrom('1', '2'),
  zone: fc.constantFrom('1', '2', '3'),
  isReady: fc.integer({ min: 0, max: 4 }).map((one) => one > 0),
  fate: fc.oneof(
    { weight: 88, arbitrary: fc.constant(undefined) },
    ...(['ending', 'finished', 'growing'] as const).map((one) => ({ weight: 4, arbitrary: fc.constant(one) })),
  ),
});

/** The object of a pod, as it is when a controller makes it: it has no place yet. */
export function podObject(name: string, { version, app: index }: RichPod, template: RichApp): KubeObject {
  const { namespace, ownerKind, volume, spec } = template;
  const app = APPS[index] ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: name,
      labels: { app, version },
      // A pod with a volume stays unless somebody says that it may go.
      annotations: { 'autoscaling.cast.ai/disposable': 'true' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: ownerKind, name: app, uid: ownerUid(app), controller: true }],
    },
    spec: present({
      ...admitted(spec),
      volumes: volume === undefined ? undefined : [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
    }),
  };
}

/** The claim and the volume of a pod of an app that has them. */
export function volumeObjects(name: string, { zone }: RichPod, { namespace, volume }: RichApp): KubeObject[] {
  if (volume === undefined) return [];
  const { accessMode, isLabelled, isZonal } = volume;
  const accessModes = [accessMode];
  const wanted = isZonal ? { key: ZONE, operator: 'In', values: [zone] } : { key: HOST, operator: 'Exists' };
  const nodeSelectorTerms = [{ matchExpressions: [wanted] }];
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, uid: `pv-${name}`, labels: isLabelled && isZonal ? { [ZONE]: `${zone}__4` } : {} },
      spec: present({
        capacity: { storage: '1' },
        accessModes,
        csi: { driver: DRIVER, volumeHandle: name },
        claimRef: { kind: 'PersistentVolumeClaim', namespace, name },
        nodeAffinity: isLabelled ? undefined : { required: { nodeSelectorTerms } },
      }),
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace, uid: `pvc-${name}`, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { accessModes, volumeName: name, storageClassName: '', resources: { requests: { storage: '1' } } },
      status: { phase: 'Bound' },
    },
  ];
}

/** The uid of a controller that makes pods. */
export function ownerUid(app: string): string {
  return `owner-${app}`;
}

/** What the API server makes of the classes that a pod names: with it said, a pod is the same with and without a server. */
function admitted(spec: RichApp['spec']): Record<string, unknown> {
  const { priorityClassName, runtimeClassName } = spec;
  return present({
    ...spec,
    priority: Object.entries(PRIORITIES).find(([name]) => name === priorityClassName)?.[1] ?? 0,
    preemptionPolicy: priorityClassName === 'patient' ? 'Never' : 'PreemptLowerPriority',
    overhead: runtimeClassName === HEAVY_RUNTIME ? HEAVY_OVERHEAD : undefined,
  });
}
