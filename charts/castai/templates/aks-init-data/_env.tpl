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
