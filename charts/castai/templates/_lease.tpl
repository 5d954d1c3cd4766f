{{/* Variables of the election of a component: dict component, values, root. Its Lease has the component's name. */}}
{{- define "castai.leaseEnv" -}}
LEADER_ELECTION: {{ .values.leaderElection | quote }}
{{- if .values.leaderElection }}
LEASE_NAME: {{ include "castai.name" . | quote }}
POD_NAME:
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
POD_NAMESPACE:
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}
{{- end -}}

{{/* The right to that Lease and no other, where there is an election. */}}
{{- define "castai.leaseRole" -}}
{{- if .values.leaderElection }}
{{- $object := merge (dict "suffix" "lease") . }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "castai.metadata" $object | nindent 2 }}
rules:
  # It is applied: that creates it by its name, to which RBAC can then limit the right.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [{{ include "castai.name" . }}]
    verbs: [get, create, patch]
{{ include "castai.binding" $object }}
{{- end }}
{{- end -}}
