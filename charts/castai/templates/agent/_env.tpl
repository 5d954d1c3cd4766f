{{/* The agent's own variables; the pod of helm test is given the same. */}}
{{- define "castai.agentEnv" -}}
PLATFORM_WIRE: {{ .Values.agent.platformWire | quote }}
PROVIDER: {{ .Values.provider | quote }}
CONFIG_MAP_NAMESPACES: {{ .Values.agent.configMapNamespaces | uniq | join "," | quote }}
READ_RBAC: {{ .Values.agent.rbac.readRbac | quote }}
READ_INGRESS: {{ .Values.agent.rbac.readIngress | quote }}
SKIP_FEEDS: {{ .Values.agent.skipFeeds | join "," | quote }}
EXTRA_KINDS: {{ .Values.agent.extraKinds | join "," | quote }}
SKIP_NAMESPACES: {{ .Values.agent.skipNamespaces | join "," | quote }}
LABELS_MASKED: {{ .Values.agent.labelsMasked | join "," | quote }}
{{- if and .Values.agent.labelsMasked .Values.agent.maskKeySecret.name }}
MASK_KEY_FILE: /var/run/castai/mask-key/key
{{- end }}
SCRUB_REENABLE: {{ .Values.agent.scrubReenable | join "," | quote }}
ANNOTATION_PREFIXES: {{ .Values.agent.annotationPrefixes | join "," | quote }}
LINT: {{ .Values.agent.lint | quote }}
PENDING_LIMIT: {{ .Values.agent.pendingLimit | quote }}
PAGE_SIZE: {{ .Values.agent.pageSize | quote }}
POLL_SECONDS: {{ .Values.agent.pollSeconds | quote }}
{{ include "castai.leaseEnv" (dict "root" . "component" "agent" "values" .Values.agent) }}
SEND_LOGS: {{ .Values.agent.sendLogs | quote }}
KUBERNETES_EVENTS: {{ .Values.agent.kubernetesEvents | quote }}
{{- if and .Values.agent.kubernetesEvents (not .Values.agent.leaderElection) }}
POD_NAME:
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- end }}
{{- $keepsPoint := include "castai.agentKeepsPoint" . }}
{{- if $keepsPoint }}
DELTAS_CONFIG_MAP: {{ printf "%s-deltas" (include "castai.name" (dict "root" . "component" "agent")) | quote }}
{{- end }}
{{- if and (or .Values.agent.kubernetesEvents .Values.agent.rbac.writeClusterId $keepsPoint) (not .Values.agent.leaderElection) }}
POD_NAMESPACE:
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}
{{- if .Values.agent.rbac.writeClusterId }}
CLUSTER_ID_CONFIG_MAP: {{ printf "%s/%s" .Values.clusterIdFrom.configMap.name .Values.clusterIdFrom.configMap.key | quote }}
{{- end }}
DRAIN_SECONDS: {{ sub (int .Values.agent.terminationGracePeriodSeconds) 10 | quote }}
{{- range $name, $value := .Values.identity }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* What castai.podTemplate needs of the agent besides what it needs of every component; the pod of helm test has the same. */}}
{{- define "castai.agentPod" -}}
own: {{ include "castai.agentEnv" . | fromYaml | toJson }}
volumes: {{ include "castai.agentVolumes" . | fromYamlArray | toJson }}
mounts: {{ include "castai.agentMounts" . | fromYamlArray | toJson }}
{{- end -}}

{{/* The key of labelsMasked, for the pods of the agent and of helm test: as a file, so that no environment shows it. */}}
{{- define "castai.agentVolumes" -}}
{{- if and .Values.agent.labelsMasked .Values.agent.maskKeySecret.name }}
- name: mask-key
  secret:
    secretName: {{ .Values.agent.maskKeySecret.name | quote }}
    items:
      - key: {{ .Values.agent.maskKeySecret.key | quote }}
        path: key
{{- end }}
{{- end -}}

{{- define "castai.agentMounts" -}}
{{- if and .Values.agent.labelsMasked .Values.agent.maskKeySecret.name }}
- name: mask-key
  mountPath: /var/run/castai/mask-key
  readOnly: true
{{- end }}
{{- end -}}

{{/* Not empty: the second wire may be spoken, and there is no Lease that keeps where it goes on. */}}
{{- define "castai.agentKeepsPoint" -}}
{{- if and (not .Values.agent.leaderElection) .Values.agent.rbac.create (ne .Values.agent.platformWire "ingest") }}true{{ end -}}
{{- end -}}
