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
POD_TOKEN_FILE: {{ ternary "/var/run/castai/pod-token/token" "" (not (empty (include "castai.hasPodToken" .))) | quote }}
LOG_LEVEL: {{ .values.logLevel | quote }}
ADMIN_PORT: {{ .values.port | quote }}
HTTPS_PROXY: {{ .root.Values.proxy.https | quote }}
HTTP_PROXY: {{ .root.Values.proxy.http | quote }}
NO_PROXY: {{ .root.Values.proxy.exempt | quote }}
MALLOC_ARENA_MAX: "1"
MALLOC_MMAP_THRESHOLD_: "65536"
UV_THREADPOOL_SIZE: {{ ternary "2" "1" (eq .component "agent") | quote }}
{{- end -}}
