{{/*
Environment of a component as a list, one entry per name: the chart's own (dict name → value or entry), then extraEnv of all,
then the component's. Server-side apply refuses a list in which a name stands twice.
dict root, values, own.
*/}}
{{- define "castai.env" -}}
{{- $entries := dict -}}
{{- $common := dict -}}
{{- /* The platform is whom the others talk to: nothing of theirs is an option of it. */ -}}
{{- if ne .component "platform" }}{{ $common = include "castai.processEnv" . | fromYaml }}{{ end -}}
{{- if include "castai.isSender" . }}{{ $common = merge $common (include "castai.senderEnv" . | fromYaml) }}{{ end -}}
{{- range $name, $value := merge (dict) .own $common -}}
{{- $entry := ternary $value (dict "value" (toString $value)) (kindIs "map" $value) -}}
{{- if and (ne (toString $value) "") (ne (toJson $value) `{"value":""}`) -}}
{{- $_ := set $entries $name $entry -}}
{{- end -}}
{{- end -}}
{{- range concat .root.Values.extraEnv .values.extraEnv -}}
{{- /* A name without a value is an empty variable to Kubernetes. */ -}}
{{- $_ := set $entries .name (ternary (omit . "name") (dict "value" "") (or (hasKey . "value") (hasKey . "valueFrom"))) -}}
{{- end -}}
{{- range $name := keys $entries | sortAlpha }}
{{- $entry := get $entries $name }}
- name: {{ $name | quote }}
  {{- if hasKey $entry "value" }}
  value: {{ tpl (include "castai.text" $entry.value) $.root | quote }}
  {{- else }}
  {{- toYaml $entry | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
The cluster's id, by value or from an object. The agent starts without the object, because it learns its id from the platform; pods of
the others wait for it. What the agent itself writes it does not believe: a cluster that the platform has forgotten is registered anew.
*/}}
{{- define "castai.clusterId" -}}
{{- $from := .root.Values.clusterIdFrom -}}
{{- $isOptional := eq .component "agent" -}}
{{- if .root.Values.clusterId -}}
value: {{ .root.Values.clusterId | quote }}
{{- else if and $isOptional .root.Values.agent.rbac.writeClusterId -}}
value: ""
{{- else if $from.configMap.name -}}
valueFrom:
  configMapKeyRef: {{ dict "name" $from.configMap.name "key" $from.configMap.key "optional" $isOptional | toJson }}
{{- else if $from.secret.name -}}
valueFrom:
  secretKeyRef: {{ dict "name" $from.secret.name "key" $from.secret.key "optional" $isOptional | toJson }}
{{- else -}}
value: ""
{{- end -}}
{{- end -}}

{{/* What every program that talks to the platform is given. */}}
{{- define "castai.senderEnv" -}}
API_URL: {{ .root.Values.apiUrl | quote }}
{{- $key := include "castai.keySource" . | fromJson }}
{{- if eq $key.is "secret" }}
API_KEY_FILE: /var/run/castai/api-key/key
{{- else if eq $key.is "file" }}
API_KEY_FILE: {{ $key.path | quote }}
{{- end }}
CLUSTER_ID:
  {{- include "castai.clusterId" . | nindent 2 }}
TLS_CA_CERT_FILE: {{ ternary "/var/run/castai/trusted-ca/ca.crt" "" (not (empty (include "castai.hasCa" .root))) | quote }}
POD_TOKEN_FILE: {{ ternary "/var/run/castai/pod-token/token" "" (not (empty (include "castai.hasPodToken" .))) | quote }}
HTTPS_PROXY: {{ .root.Values.proxy.https | quote }}
HTTP_PROXY: {{ .root.Values.proxy.http | quote }}
NO_PROXY: {{ .root.Values.proxy.exempt | quote }}
{{- end -}}

{{/* What every program that ships is given; as scripts/programs.ts has it, which a test compares. */}}
{{- define "castai.processEnv" -}}
LOG_LEVEL: {{ .values.logLevel | quote }}
LOG_FORMAT: {{ .values.logFormat | quote }}
ADMIN_PORT: {{ .values.port | quote }}
MALLOC_ARENA_MAX: "1"
MALLOC_MMAP_THRESHOLD_: {{ ternary "16384" "65536" (eq .component "agent") | quote }}
UV_THREADPOOL_SIZE: {{ ternary "2" "1" (hasKey .values "replicas") | quote }}
{{- end -}}
