{{/* The cluster controller's own variables. */}}
{{- define "castai.clusterControllerEnv" -}}
{{- $values := .Values.clusterController -}}
ACTIONS: {{ $values.actions | uniq | join "," | quote }}
OBJECT_RESOURCES: {{ $values.objectResources | uniq | join "," | quote }}
MAX_ACTIONS_IN_PROGRESS: {{ $values.maxActionsInProgress | quote }}
MAX_DRAINS_IN_PROGRESS: {{ $values.maxDrainsInProgress | quote }}
FORCE_REMOVAL_DISABLED: {{ $values.forceRemovalDisabled | quote }}
DRY_RUN: {{ $values.dryRun | quote }}
SEND_LOGS: {{ $values.sendLogs | quote }}
{{ include "castai.leaseEnv" (dict "root" . "component" "cluster-controller" "values" $values) }}
{{- if not $values.leaderElection }}
# Of the records and of the switch, which there are without an election as well.
POD_NAMESPACE:
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}
DRAIN_SECONDS: {{ sub (int $values.terminationGracePeriodSeconds) 10 | quote }}
{{- end -}}

{{/* What castai.podTemplate needs of the cluster controller; the pod of helm test has the same. */}}
{{- define "castai.clusterControllerPod" -}}
own: {{ include "castai.clusterControllerEnv" . | fromYaml | toJson }}
{{- end -}}
