{{/*
Binds the service account of a component to the role that has the same name and place: dict root, component, values, suffix, namespace,
clusterWide.
*/}}
{{- define "castai.binding" -}}
{{- $kind := ternary "ClusterRole" "Role" (default false .clusterWide) -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "castai.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ include "castai.name" . }}{{ with .suffix }}-{{ . }}{{ end }}
subjects:
  - kind: ServiceAccount
    name: {{ include "castai.serviceAccountName" . | quote }}
    namespace: {{ .root.Release.Namespace | quote }}
{{- end -}}
