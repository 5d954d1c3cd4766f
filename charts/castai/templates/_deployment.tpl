{{/* Deployment of a component that can have several pods, of which one acts: as castai.podTemplate takes it. With several, its budget. */}}
{{- define "castai.deployment" -}}
{{- $isReplicated := gt (int .values.replicas) 1 -}}
{{- $pod := . -}}
{{- if $isReplicated }}
{{- $spread := list }}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
{{- $selector := dict "matchLabels" (include "castai.selectorLabels" $pod | fromYaml) }}
{{- /* Counted within a release of the pods: those of the one before are on their way out. */}}
{{- $spread = append $spread (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway" "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) }}
{{- end }}
{{- $pod = merge (dict "spread" $spread) $pod }}
{{- end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "castai.metadata" (merge (dict "annotations" (include "castai.workloadAnnotations" . | fromYaml)) .) | nindent 2 }}
spec:
  {{- if not (kindIs "invalid" .values.revisionHistoryLimit) }}
  revisionHistoryLimit: {{ int .values.revisionHistoryLimit }}
  {{- end }}
  {{- if $isReplicated }}
  replicas: {{ .values.replicas }}
  {{- else }}
  # One, which is Kubernetes' default: not written, so that nobody fights over the field.
  {{- end }}
  # The new pod stands by, or takes over the session, before the old one goes; one that does not start leaves the old one at work.
  strategy:
    {{- $handover := dict "type" "RollingUpdate" "rollingUpdate" (dict "maxSurge" 1 "maxUnavailable" 0) }}
    {{- .values.updateStrategy | default $handover | toYaml | nindent 4 }}
  selector:
    matchLabels:
      {{- include "castai.selectorLabels" . | nindent 6 }}
  template:
    {{- include "castai.podTemplate" $pod | nindent 4 }}
{{- if $isReplicated }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "castai.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  # A pod that is not ready, as with a revoked key, must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "castai.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}
