{{/* The platform's own variables: what the others are given is none of its business. */}}
{{- define "castai.platformEnv" -}}
HOST: "*"
PORT: "8080"
DATABASE_FILE: /var/lib/castai-platform/platform.db
{{- $key := include "castai.keySource" (dict "root" . "values" .Values.platform) | fromJson }}
{{- if eq $key.is "secret" }}
API_KEYS_FILE: /var/run/castai/api-key/key
{{- else if eq $key.is "file" }}
API_KEYS_FILE: {{ $key.path | quote }}
{{- end }}
LOG_LEVEL: {{ .Values.platform.logLevel | quote }}
LOG_FORMAT: {{ .Values.platform.logFormat | quote }}
ADMIN_HOST: "*"
ADMIN_PORT: {{ .Values.platform.port | quote }}
DRAIN_SECONDS: {{ max 1 (sub (int .Values.platform.terminationGracePeriodSeconds) 10) | quote }}
{{- end -}}

{{/* Where the others find it; also without the search domains of the cluster, which not every pod has. */}}
{{- define "castai.platformUrl" -}}
{{- printf "http://%s.%s.svc:%d" (include "castai.name" (dict "root" . "component" "platform")) .Release.Namespace (int .Values.platform.servicePort) -}}
{{- end -}}

{{/* The Secret with the key that the chart makes up for it. */}}
{{- define "castai.platformKeyName" -}}
{{- printf "%s-platform-key" .Values.fullnameOverride -}}
{{- end -}}

{{/* With the platform here the others send to it, unless they are told where to. Called by castai.prepare, in every file again. */}}
{{- define "castai.ofPlatform" -}}
{{- if .Values.platform.enabled -}}
{{- $defaults := .Files.Get "files/defaults.yaml" | fromYaml -}}
{{- if eq .Values.apiUrl $defaults.apiUrl -}}{{- $_ := set .Values "apiUrl" (include "castai.platformUrl" .) -}}{{- end -}}
{{- if not (or .Values.apiKey .Values.apiKeySecret.name .Values.apiKeyFile) -}}
{{- $_ := set .Values.apiKeySecret "name" (include "castai.platformKeyName" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
