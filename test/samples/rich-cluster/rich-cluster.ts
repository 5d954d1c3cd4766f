import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import fc from 'fast-check';
import { type RichApp, richApp } from './rich-app.ts';
import { APPS, HEAVY_OVERHEAD, HEAVY_RUNTIME, PRIORITIES, TEAMS } from './rich-names.ts';
import { type RichNode, richNode } from './rich-node.ts';
import { ownerUid, type RichPod, richPod } from './rich-pod.ts';

/** A cluster with all that the scheduler's rules look at. Where its pods come to is the scheduler's decision. */
export interface RichCluster {
  readonly nodes: readonly RichNode[];
  /** One for each of `APPS`. */
  readonly apps: readonly RichApp[];
  readonly pods: readonly RichPod[];
}

/** Random clusters. */
export const richClusters: fc.Arbitrary<RichCluster> = fc.record({
  nodes: fc.array(richNode, { minLength: 5, maxLength: 8 }),
  apps: fc.array(richApp, { minLength: APPS.length, maxLength: APPS.length }),
  pods: fc.array(richPod, { minLength: 8, maxLength: 18 }),
});

/** What all rich clusters have: namespaces and classes. */
export function commonObjects(): KubeObject[] {
  return [
    ...Object.entries(TEAMS).map(([name, team]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: name, labels: { team } },
    })),
    ...Object.entries(PRIORITIES).map(([name, value]) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      preemptionPolicy: name === 'patient' ? 'Never' : 'PreemptLowerPriority',
    })),
    {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: HEAVY_RUNTIME },
      handler: HEAVY_RUNTIME,
      overhead: { podFixed: HEAVY_OVERHEAD },
    },
  ];
}

/** The controllers of the apps. Nothing has to run them: of their pods everything is said by others. */
export function ownerObjects(apps: readonly RichApp[]): KubeObject[] {
  return apps.flatMap(({ namespace, ownerKind }, index) => {
    const name = APPS[index] ?? '';
    return ownerKind === 'ReplicaSet'
      ? [{ kind: ownerKind, metadata: { name, namespace, uid: ownerUid(name) }, spec: { replicas: 3 } }]
      : [];
  });
}

/** The budgets of the apps, with what a controller would say of them. */
export function budgetObjects(apps: readonly RichApp[]): KubeObject[] {
  return apps.flatMap(({ namespace, budget }, index) => {
    if (budget === undefined) return [];
    const app = APPS[index] ?? '';
    return [
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: app, namespace, uid: `budget-${app}`, generation: 1 },
        spec: { maxUnavailable: budget, selector: { matchLabels: { app } } },
        status: {
          observedGeneration: 1,
          disruptionsAllowed: budget,
          currentHealthy: 4,
          desiredHealthy: Math.max(1, 4 - budget),
          expectedPods: 4,
        },
      },
    ];
  });
}
