/** The part of the scrub policy about what changes replicas and requests of pods, the platform's own kinds included. */
import { jobSpec } from './pod-parts.ts';
import {
  adjustments,
  autoscalerSpec,
  currentMetrics,
  filterTexts,
  labelPairs,
  limitsPolicy,
  objectRef,
  quantities,
  scaleFallback,
  scaleTriggers,
  scalingBehavior,
} from './rule-parts.ts';
import { policy, withSpec } from './rule-frames.ts';
import { each, fields, flag, list, map, number, quantity, text, time } from './shape.ts';

const startupBoost = fields({
  cpu: fields({ type: text, quantity, ...each(number, 'factor durationSeconds') }),
});

/** What may leave of each, by the name that the table of feeds uses. */
export const AUTOSCALER_RULES = policy({
  horizontalPodAutoscaler: withSpec(autoscalerSpec.fields, {
    ...each(number, 'currentReplicas desiredReplicas observedGeneration currentCPUUtilizationPercentage'),
    lastScaleTime: time,
    currentMetrics,
  }),
  verticalPodAutoscaler: withSpec(
    {
      targetRef: objectRef,
      updatePolicy: fields({
        updateMode: text,
        ...each(number, 'minReplicas evictAfterOOMSeconds'),
        evictionRequirements: list(fields({ resources: list(text), changeRequirement: text })),
      }),
      startupBoost,
      resourcePolicy: fields({
        containerPolicies: list(
          fields({
            ...each(text, 'containerName mode controlledValues'),
            ...each(quantities, 'minAllowed maxAllowed'),
            controlledResources: list(text),
            startupBoost,
          }),
        ),
      }),
    },
    {
      recommendation: fields({
        containerRecommendations: list(
          fields({ containerName: text, ...each(quantities, 'target lowerBound upperBound uncappedTarget') }),
        ),
      }),
    },
  ),
  scaledObject: withSpec(
    {
      scaleTargetRef: objectRef,
      ...each(number, 'pollingInterval cooldownPeriod initialCooldownPeriod idleReplicaCount'),
      ...each(number, 'minReplicaCount maxReplicaCount'),
      triggers: scaleTriggers,
      fallback: scaleFallback,
      advanced: fields({
        scalingModifiers: fields({ ...each(quantity, 'target activationTarget'), metricType: text }),
        restoreToOriginalReplicaCount: flag,
        horizontalPodAutoscalerConfig: fields({ name: text, behavior: scalingBehavior }),
      }),
    },
    {
      ...each(text, 'hpaName scaleTargetKind'),
      ...each(number, 'originalReplicaCount pausedReplicaCount'),
      lastActiveTime: time,
    },
  ),
  scaledJob: withSpec(
    {
      jobTargetRef: jobSpec,
      ...each(number, 'pollingInterval minReplicaCount maxReplicaCount'),
      scalingStrategy: fields({ strategy: text }),
      triggers: scaleTriggers,
    },
    { lastActiveTime: time },
  ),
  recommendation: withSpec({
    targetRef: objectRef,
    replicas: number,
    recommendation: adjustments,
    applyPolicy: fields({ readonly: flag }),
    limitsPolicy,
    containersGrouping: list(fields({ ...each(text, 'into key operator'), values: list(text) })),
    runtimeSpec: map(fields({ runtime: text, autoInstrument: flag })),
    hpa: fields({ takeOwnership: flag, spec: autoscalerSpec }),
    rolloutBehavior: fields({ type: text, preferOneByOne: flag, delaySeconds: number }),
    startup: fields({ duration: text }),
    postStartup: fields({ verticalHash: text, recommendation: adjustments }),
  }),
  customMetricsExporterConfig: withSpec(
    { ...each(number, 'concurrency failureLimit'), interval: text },
    { lastUpdateTime: time, observedGeneration: number },
  ),
  podMutation: withSpec({
    filter: fields({
      workload: fields(filterTexts),
      pod: fields({
        ...each(text, 'labelsOperator excludeLabelsOperator'),
        ...each(labelPairs, 'labelsFilter excludeLabelsFilter'),
      }),
    }),
    restartPolicy: text,
    spotConfig: fields({ mode: text, distributionPercentage: number }),
    distributionGroups: list(fields({ name: text, percentage: number })),
  }),
  nodeDiskRecommendation: withSpec(
    {
      nodeTemplate: text,
      recommendations: list(
        fields({ ...each(text, 'diskType volumeType'), ...each(number, 'sizeBytes iops throughputMiBps') }),
      ),
    },
    { lastUpdateTime: time },
  ),
});
