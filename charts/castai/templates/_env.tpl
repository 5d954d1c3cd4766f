{{/*
Environment of a component as a list, one entry per name: the chart's own (dict name → value or entry), then extraEnv of all,
then the component's. Server-side apply refuses a list in which a name stands twice.
dict root, values, own.
*/}}
{{- define "castai.env" -}}
{{- $entries := dict -}}
{{- range $name, $value := merge (dict) .own (include "castai.commonEnv" . | fromYaml) -}}
{{- $entry := ternary $value (dict "value" (toString $value)) (kindIs "map" $value) -}}
{{- if or (kindIs "map" $value) (ne (toString $value) "") -}}
{{- $_ := set $entries $name $entry -}}
{{- end -}}
{{- end -}}
{{- range concat .root.Values.extraEnv .values.extraEnv -}}
{{- $_ := set $entries .name (omit . "name") -}}
{{- end -}}
{{- range $name := keys $entries | sortAlpha }}
{{- $entry := get $entries $name }}
- name: {{ $name }}
  {{- if hasKey $entry "value" }}
  value: {{ tpl (toString $entry.value) $.root | quote }}
  {{- else }}
  {{- toYaml $entry | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What every program of ours is given. */}}
{{- define "castai.commonEnv" -}}
API_URL: {{ .root.Values.apiUrl | quote }}
API_KEY_FILE: /var/run/castai/api-key/key
CLUSTER_ID: {{ .root.Values.clusterId | quote }}
TLS_CA_CERT_FILE: {{ ternary "/var/run/castai/trusted-ca/ca.crt" "" (not (empty (include "castai.hasCa" .root))) | quote }}
LOG_LEVEL: {{ .values.logLevel | quote }}
ADMIN_PORT: {{ .values.port | quote }}
HTTPS_PROXY: {{ .root.Values.proxy.https | quote }}
HTTP_PROXY: {{ .root.Values.proxy.http | quote }}
NO_PROXY: {{ .root.Values.proxy.exempt | quote }}
MALLOC_ARENA_MAX: "1"
MALLOC_MMAP_THRESHOLD_: "65536"
UV_THREADPOOL_SIZE: {{ ternary "2" "1" (eq .component "agent") | quote }}
{{- end -}}

{{/* The agent's own variables; the pod of helm test is given the same. */}}
{{- define "castai.agentEnv" -}}
PROVIDER: {{ .Values.provider | quote }}
CONFIG_MAP_NAMESPACES: {{ .Values.agent.configMapNamespaces | uniq | join "," | quote }}
READ_RBAC: {{ .Values.agent.rbac.readRbac | quote }}
READ_INGRESS: {{ .Values.agent.rbac.readIngress | quote }}
SCRUB_REENABLE: {{ .Values.agent.scrubReenable | join "," | quote }}
ANNOTATION_PREFIXES: {{ .Values.agent.annotationPrefixes | join "," | quote }}
PENDING_LIMIT: {{ .Values.agent.pendingLimit | quote }}
PAGE_SIZE: {{ .Values.agent.pageSize | quote }}
POLL_SECONDS: {{ .Values.agent.pollSeconds | quote }}
LEADER_ELECTION: {{ .Values.agent.leaderElection | quote }}
{{- if .Values.agent.leaderElection }}
LEASE_NAME: {{ include "castai.name" (dict "root" . "component" "agent") | quote }}
POD_NAMESPACE:
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
POD_NAME:
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- end }}
DRAIN_SECONDS: {{ sub (int .Values.agent.terminationGracePeriodSeconds) 10 | quote }}
{{- range $name, $value := .Values.identity }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* The spot handler's own variables. */}}
{{- define "castai.spotHandlerEnv" -}}
PROVIDER: {{ .Values.provider | quote }}
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

{{/* The init data reader's own variables. */}}
{{- define "castai.aksInitDataEnv" -}}
PLATFORM_KEYS: {{ .Values.aksInitData.platformKeys | join "," | quote }}
INIT_DATA_FORMAT: {{ .Values.aksInitData.format }}
INIT_DATA_WITHOUT_CUSTOM_DATA: {{ .Values.aksInitData.withoutCustomData | quote }}
REFRESH_PERIOD: {{ .Values.aksInitData.refreshPeriod | quote }}
SEND_ON_LIVE_PATCH: {{ .Values.aksInitData.sendOnLivePatch | quote }}
CLUSTER_POLL_SECONDS: {{ .Values.aksInitData.clusterPollSeconds | quote }}
FILES_POLL_SECONDS: {{ .Values.aksInitData.filesPollSeconds | quote }}
DRAIN_SECONDS: {{ sub (int .Values.aksInitData.terminationGracePeriodSeconds) 10 | quote }}
NODE_NAME:
  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
POD_NAMESPACE:
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end -}}
