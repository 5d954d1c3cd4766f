/** The part of the scrub policy about pods: their specification wherever it is nested, and the state of containers. */
import {
  condition,
  quantities,
  templateMetadata,
  labelSelector,
  nodeSelectorTerm,
  nodeSelector,
  tolerations,
  resources,
  claimTemplate,
} from './rule-parts.ts';
import {
  each,
  fields,
  flag,
  from,
  list,
  longText,
  message,
  number,
  numberOrText,
  quantity,
  reason,
  summary,
  text,
  time,
  titled,
  unlessOnly,
  when,
  where,
  labels,
} from './shape.ts';

const podAffinityTerm = fields({
  ...each(labelSelector, 'labelSelector namespaceSelector'),
  ...each(list(text), 'namespaces matchLabelKeys mismatchLabelKeys'),
  topologyKey: text,
});
const podAffinity = titled('pod affinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: number, podAffinityTerm })),
});
const nodeAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: nodeSelector,
  preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: number, preference: nodeSelectorTerm })),
});

// The sources of environment variables name Secrets and ConfigMaps; which those are is nobody's business by default.
const keyRef = fields(each(text, 'name key'));
const env = list(
  fields({
    name: text,
    value: when('envValues', longText(1_048_576)),
    valueFrom: when(
      'envValues',
      fields({
        ...each(keyRef, 'configMapKeyRef secretKeyRef'),
        fieldRef: fields(each(text, 'fieldPath')),
        resourceFieldRef: fields(each(text, 'containerName resource')),
      }),
    ),
  }),
);
const command = list(longText(131_072));
const httpHeaders = list(fields(each(text, 'name value')));
const probe = titled('probe', {
  ...each(number, 'initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold'),
  terminationGracePeriodSeconds: number,
  exec: fields({ command: when('commands', command) }),
  httpGet: fields({
    port: numberOrText,
    scheme: text,
    ...each(when('probeRequests', text), 'path host'),
    httpHeaders: when('probeRequests', httpHeaders),
  }),
  tcpSocket: fields({ port: numberOrText }),
  grpc: fields({ port: number, service: when('probeRequests', text) }),
});
const hook = titled('hook', {
  exec: fields({ command }),
  httpGet: fields({ port: numberOrText, ...each(text, 'scheme path host'), httpHeaders }),
  sleep: fields({ seconds: number }),
});
const profile = fields({ type: text });
// What linters and Pod Security Standards judge by: flags, numbers, names of capabilities. SELinux labels and files of profiles stay.
const securityContext = when(
  'securityContexts',
  fields({
    ...each(flag, 'privileged allowPrivilegeEscalation readOnlyRootFilesystem runAsNonRoot'),
    ...each(number, 'runAsUser runAsGroup'),
    capabilities: fields(each(list(text), 'add drop')),
    ...each(profile, 'seccompProfile appArmorProfile'),
    procMount: text,
  }),
);
const podSecurityContext = when(
  'securityContexts',
  fields({
    runAsNonRoot: flag,
    ...each(number, 'runAsUser runAsGroup fsGroup'),
    supplementalGroups: list(number),
    ...each(profile, 'seccompProfile appArmorProfile'),
    sysctls: list(fields({ name: text })),
  }),
);
const container = titled('container', {
  ...each(text, 'name image imagePullPolicy restartPolicy'),
  resources,
  resizePolicy: list(fields(each(text, 'resourceName restartPolicy'))),
  ports: list(
    fields({
      ...each(text, 'name protocol'),
      ...each(number, 'containerPort hostPort'),
      hostIP: summary('hostAddress'),
    }),
  ),
  restartPolicyRules: list(fields({ action: text })),
  env,
  command: when('commands', command),
  args: when('args', command),
  ...each(probe, 'livenessProbe readinessProbe startupProbe'),
  securityContext,
  volumeMounts: when('accountsAndPaths', list(fields({ ...each(text, 'name mountPath'), readOnly: flag }))),
  lifecycle: when('lifecycleHooks', fields(each(hook, 'postStart preStop'))),
});

// Only what ties a pod to a place or costs disk: a volume from a ConfigMap, a Secret or a projection says nothing here,
// and its generated name would be the largest random part of a pod.
const volume = unlessOnly('name', {
  name: text,
  persistentVolumeClaim: fields({ claimName: text, readOnly: flag }),
  ephemeral: fields({ volumeClaimTemplate: claimTemplate }),
  emptyDir: fields({ medium: text, sizeLimit: quantity }),
  hostPath: fields({ type: text, path: when('accountsAndPaths', longText(4096)) }),
  csi: fields({ driver: text, readOnly: flag }),
  // Two pods may share one of these where both only read it.
  awsElasticBlockStore: fields({ volumeID: text, readOnly: flag }),
  azureDisk: fields(each(text, 'diskName diskURI kind')),
  gcePersistentDisk: fields({ pdName: text, readOnly: flag }),
  ...each(fields({}), 'azureFile nfs iscsi fc cephfs rbd vsphereVolume portworxVolume'),
});
export const podSpec = titled('pod spec', {
  nodeName: text,
  ...each(list(container), 'containers initContainers ephemeralContainers'),
  resources,
  overhead: quantities,
  nodeSelector: labels,
  affinity: titled('affinity', { nodeAffinity, ...each(podAffinity, 'podAffinity podAntiAffinity') }),
  tolerations,
  topologySpreadConstraints: list(
    fields({
      ...each(number, 'maxSkew minDomains'),
      ...each(text, 'topologyKey whenUnsatisfiable nodeAffinityPolicy nodeTaintsPolicy'),
      labelSelector,
      matchLabelKeys: list(text),
    }),
  ),
  volumes: list(volume),
  resourceClaims: list(fields(each(text, 'name resourceClaimName resourceClaimTemplateName'))),
  schedulingGates: list(fields(each(text, 'name'))),
  ...each(text, 'priorityClassName preemptionPolicy schedulerName runtimeClassName restartPolicy'),
  ...each(number, 'priority terminationGracePeriodSeconds activeDeadlineSeconds'),
  ...each(flag, 'hostNetwork hostUsers'),
  schedulingGroup: fields({ podGroupName: text }),
  workloadRef: fields(each(text, 'name podGroup podGroupReplicaKey')),
  securityContext: podSecurityContext,
  ...each(when('securityContexts', flag), 'hostPID hostIPC shareProcessNamespace automountServiceAccountToken'),
  serviceAccountName: when('accountsAndPaths', text),
  os: fields({ name: text }),
});
export const podTemplate = titled('pod template', { metadata: templateMetadata, spec: podSpec });

/** Why a pod is pending: its reason is `Unschedulable` whatever it is, and only the prose of the scheduler says which. */
export const podConditions = list(
  titled('pod condition', {
    ...condition,
    verdict: where('type', ['PodScheduled'], from('message', summary('verdict'))),
  }),
);
const terminationMessage = when('terminationMessages', message);
const containerState = titled('container state', {
  running: fields({ startedAt: time }),
  waiting: fields({ reason, message: terminationMessage }),
  terminated: fields({
    ...each(number, 'exitCode signal'),
    reason,
    ...each(time, 'startedAt finishedAt'),
    message: terminationMessage,
  }),
});
export const containerStatuses = list(
  titled('container status', {
    name: text,
    imageID: summary('digest'),
    ...each(flag, 'ready started'),
    restartCount: number,
    ...each(containerState, 'state lastState'),
    allocatedResources: quantities,
    resources,
  }),
);

export const jobSpec = titled('job spec', {
  ...each(number, 'parallelism completions backoffLimit backoffLimitPerIndex maxFailedIndexes'),
  ...each(number, 'activeDeadlineSeconds ttlSecondsAfterFinished'),
  ...each(text, 'completionMode podReplacementPolicy managedBy'),
  suspend: flag,
  selector: labelSelector,
  // Whether an eviction is ignored, counted, or fails the whole job.
  podFailurePolicy: fields({
    rules: list(
      fields({
        action: text,
        onPodConditions: list(fields({ type: text, status: reason })),
        onExitCodes: fields({ ...each(text, 'containerName operator'), values: list(number) }),
      }),
    ),
  }),
  template: podTemplate,
});
