{{/* The spot handler's own variables. */}}
{{- define "castai.spotHandlerEnv" -}}
# What runs the cluster tells the cloud of a machine only where it is that cloud's own.
PROVIDER: {{ get (dict "aks" "aks" "eks" "eks" "gke" "gke" "selfhostedec2" "aws") .Values.provider | quote }}
MODE: {{ .Values.spotHandler.mode }}
DRY_RUN: {{ .Values.spotHandler.dryRun | quote }}
ACKNOWLEDGE_EVENTS: {{ .Values.spotHandler.acknowledgeEvents | quote }}
EVENT_TYPES: {{ .Values.spotHandler.eventTypes | join "," | quote }}
MARK_AHEAD_SECONDS: {{ .Values.spotHandler.markAheadSeconds | quote }}
KUBERNETES_EVENTS: {{ .Values.spotHandler.kubernetesEvents | quote }}
POLL_INTERVAL_SECONDS: {{ .Values.spotHandler.pollIntervalSeconds | quote }}
{{- if .Values.spotHandler.hostNetwork }}
# On the node's own address, which is the pod's as well, and in no other of its networks.
ADMIN_HOST:
  valueFrom: {fieldRef: {fieldPath: status.hostIP}}
{{- end }}
DRAIN_SECONDS: {{ sub (int .Values.spotHandler.terminationGracePeriodSeconds) 10 | quote }}
NODE_NAME:
  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
{{- end -}}
