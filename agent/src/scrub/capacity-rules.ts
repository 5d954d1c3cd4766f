/** The part of the scrub policy about pods that are placed together, and about capacity that is asked for in advance. */
import { podTemplate } from './pod-parts.ts';
import { objectRef, quantities } from './rule-parts.ts';
import { policy, withSpec } from './rule-frames.ts';
import { each, fields, flag, list, map, number, numberOrText, text } from './shape.ts';

const podSet = {
  ...each(text, 'name'),
  ...each(number, 'count minCount'),
};

/** What may leave of each, by the name that the table of feeds uses. */
export const CAPACITY_RULES = policy({
  /** Of Volcano. */
  volcanoPodGroup: withSpec(
    { minMember: number, minResources: quantities, ...each(text, 'queue priorityClassName') },
    { phase: text, ...each(number, 'running succeeded failed') },
  ),
  /** Of Kueue. */
  queuedWorkload: withSpec(
    {
      ...each(text, 'queueName priorityClassName'),
      priorityClassRef: objectRef,
      priority: number,
      active: flag,
      podSets: list(fields({ ...podSet, template: podTemplate })),
    },
    {
      admission: fields({
        clusterQueue: text,
        podSetAssignments: list(fields({ ...podSet, flavors: map(text), resourceUsage: quantities })),
      }),
      requeueState: fields({ count: number }),
    },
  ),
  capacityBuffer: withSpec(
    {
      ...each(objectRef, 'podTemplateRef scalableRef'),
      ...each(number, 'replicas percentage'),
      limits: quantities,
      provisioningStrategy: text,
    },
    { podTemplateRef: objectRef, ...each(number, 'replicas podTemplateGeneration'), provisioningStrategy: text },
  ),
  provisioningRequest: withSpec({
    provisioningClassName: text,
    podSets: list(fields({ count: number, podTemplateRef: objectRef })),
  }),
  /** Of GKE: what it provisions, in which order. */
  computeClass: withSpec({
    priorities: list(
      fields({
        ...each(text, 'machineFamily machineType'),
        spot: flag,
        ...each(number, 'minCores minMemoryGb maxPodsPerNode'),
        nodepools: list(text),
        gpu: fields({ type: text, count: number }),
        tpu: fields({ ...each(text, 'type topology'), count: number }),
      }),
    ),
    whenUnsatisfiable: text,
    nodePoolAutoCreation: fields({ enabled: flag }),
    activeMigration: fields({ optimizeRulePriority: flag }),
    autoscalingPolicy: fields({
      consolidationDelayMinutes: numberOrText,
      ...each(number, 'consolidationThreshold gpuConsolidationThreshold'),
    }),
  }),
});
