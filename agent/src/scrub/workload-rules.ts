/** The part of the scrub policy about pods and what makes them. */
import { containerStatuses, jobSpec, podConditions, podSpec, podTemplate } from './pod-parts.ts';
import {
  claimTemplate,
  labelSelector,
  objectRef,
  quantities,
  replicaCounts,
  resources,
  templateMetadata,
  tolerations,
  updateStrategy,
} from './rule-parts.ts';
import { plain, policy, withSpec } from './rule-frames.ts';
import { each, fields, flag, list, message, number, numberOrText, reason, text, time, when, labels } from './shape.ts';

/** What may leave of each, by the name that the table of feeds uses. */
export const WORKLOAD_RULES = policy({
  pod: withSpec(podSpec.fields, {
    conditions: podConditions,
    ...each(text, 'phase qosClass nominatedNodeName resize'),
    reason,
    startTime: time,
    message: when('conditionMessages', message),
    ...each(containerStatuses, 'containerStatuses initContainerStatuses ephemeralContainerStatuses'),
    resourceClaimStatuses: list(fields(each(text, 'name resourceClaimName'))),
    extendedResourceClaimStatus: fields({
      resourceClaimName: text,
      requestMappings: list(fields(each(text, 'containerName resourceName requestName'))),
    }),
    resources,
    allocatedResources: quantities,
  }),
  namespace: withSpec({}, { phase: text }),
  deployment: withSpec(
    {
      ...each(number, 'replicas minReadySeconds progressDeadlineSeconds'),
      paused: flag,
      selector: labelSelector,
      strategy: updateStrategy,
      template: podTemplate,
    },
    replicaCounts,
  ),
  replicaSet: withSpec(
    { ...each(number, 'replicas minReadySeconds'), selector: labelSelector, template: podTemplate },
    replicaCounts,
  ),
  replicationController: withSpec(
    { ...each(number, 'replicas minReadySeconds'), selector: labels, template: podTemplate },
    replicaCounts,
  ),
  daemonSet: withSpec(
    { minReadySeconds: number, selector: labelSelector, updateStrategy, template: podTemplate },
    each(
      number,
      'currentNumberScheduled desiredNumberScheduled numberAvailable numberMisscheduled numberReady',
      'numberUnavailable updatedNumberScheduled observedGeneration collisionCount',
    ),
  ),
  statefulSet: withSpec(
    {
      ...each(number, 'replicas minReadySeconds'),
      ...each(text, 'serviceName podManagementPolicy'),
      selector: labelSelector,
      updateStrategy,
      ordinals: fields({ start: number }),
      persistentVolumeClaimRetentionPolicy: fields(each(text, 'whenDeleted whenScaled')),
      template: podTemplate,
      volumeClaimTemplates: list(claimTemplate),
    },
    { ...replicaCounts, ...each(text, 'currentRevision updateRevision') },
  ),
  job: withSpec(jobSpec.fields, {
    ...each(number, 'active ready succeeded failed terminating'),
    ...each(time, 'startTime completionTime'),
  }),
  cronJob: withSpec(
    {
      ...each(text, 'schedule timeZone concurrencyPolicy'),
      ...each(number, 'startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit'),
      suspend: flag,
      jobTemplate: fields({ metadata: templateMetadata, spec: jobSpec }),
    },
    { active: list(objectRef), ...each(time, 'lastScheduleTime lastSuccessfulTime') },
  ),
  rollout: withSpec(
    {
      ...each(number, 'replicas minReadySeconds progressDeadlineSeconds'),
      paused: flag,
      selector: labelSelector,
      workloadRef: fields({ ...objectRef.fields, scaleDown: text }),
      strategy: fields({
        canary: fields({
          ...each(numberOrText, 'maxUnavailable maxSurge'),
          // Whether two whole releases stand beside each other, and how long.
          dynamicStableScale: flag,
          ...each(number, 'scaleDownDelaySeconds abortScaleDownDelaySeconds'),
        }),
        blueGreen: fields(each(number, 'previewReplicaCount scaleDownDelaySeconds')),
      }),
      template: podTemplate,
    },
    {
      ...replicaCounts,
      HPAReplicas: number,
      observedGeneration: numberOrText,
      ...each(text, 'phase currentPodHash stableRS'),
      canary: fields({ weights: fields(each(fields({ weight: number, podTemplateHash: text }), 'canary stable')) }),
      pauseConditions: list(fields({ reason, startTime: time })),
    },
  ),
  extendedDaemonSet: withSpec(
    { selector: labelSelector, template: podTemplate },
    { ...each(text, 'state activeReplicaSet'), ...each(number, 'desired current ready available upToDate') },
  ),
  extendedDaemonSetReplicaSet: withSpec(
    { selector: labelSelector, template: podTemplate, templateGeneration: text },
    { status: text, ...each(number, 'desired current ready available ignoredUnresponsiveNodes') },
  ),
  /** Of whatever makes pods and is none of these: what `EXTRA_KINDS` calls a workload. */
  extraWorkload: withSpec(
    { replicas: number, paused: flag, selector: labelSelector, template: podTemplate },
    replicaCounts,
  ),
  /** What admission adds to a pod that does not exist yet. */
  runtimeClass: plain({
    handler: text,
    overhead: fields({ podFixed: quantities }),
    scheduling: fields({ nodeSelector: labels, tolerations }),
  }),
  priorityClass: plain({ value: number, globalDefault: flag, preemptionPolicy: text }),
  podDisruptionBudget: withSpec(
    {
      ...each(numberOrText, 'minAvailable maxUnavailable'),
      selector: labelSelector,
      unhealthyPodEvictionPolicy: text,
    },
    each(number, 'currentHealthy desiredHealthy disruptionsAllowed expectedPods observedGeneration'),
  ),
  limitRange: withSpec({
    limits: list(
      fields({
        type: text,
        ...each(quantities, 'min max default defaultRequest maxLimitRequestRatio'),
      }),
    ),
  }),
  resourceQuota: withSpec(
    {
      hard: quantities,
      scopes: list(text),
      scopeSelector: fields({
        matchExpressions: list(fields({ ...each(text, 'scopeName operator'), values: list(text) })),
      }),
    },
    each(quantities, 'hard used'),
  ),
});
