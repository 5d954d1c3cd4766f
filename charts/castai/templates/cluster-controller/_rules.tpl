{{/* Names of the ConfigMaps that hold its records, as a JSON list: fixed, whatever the release is called, as the program has them. */}}
{{- define "castai.clusterControllerRecords" -}}
{{- $names := list -}}
{{- range until 16 }}{{ $names = append $names (printf "castai-cluster-controller-actions-%d" .) }}{{ end -}}
{{- toJson $names -}}
{{- end -}}

{{/*
What the cluster controller needs in the cluster for the kinds of actions that are switched on; equal to its table of rights, which a test
compares. Nothing for those that are off.
*/}}
{{- define "castai.clusterControllerRbacRules" -}}
{{- $actions := .Values.clusterController.actions -}}
{{- $drains := has "drainNode" $actions -}}
{{- $deletes := has "deleteNode" $actions -}}
{{- $patches := has "patchNode" $actions -}}
{{- $evicts := has "evictPod" $actions -}}
{{- $looks := or (has "checkNodeDeleted" $actions) (has "checkNodeStatus" $actions) -}}
{{- if or $drains $deletes $patches $looks }}
# RBAC cannot say what of a node; the admission policy beside this does.
- apiGroups: [""]
  resources: [nodes]
  verbs: [get{{ if or $drains $patches }}, patch{{ end }}{{ if $deletes }}, delete{{ end }}]
{{- end }}
{{- if $patches }}
# Capacity.
- apiGroups: [""]
  resources: [nodes/status]
  verbs: [patch]
{{- end }}
{{- $pods := list -}}
{{- if or $drains $evicts }}{{ $pods = append $pods "get" }}{{ end -}}
{{- if or $drains $deletes }}{{ $pods = concat $pods (list "list" "delete") }}{{ end -}}
{{- with $pods }}
# Those of a node are found and, past their budgets or after their node, deleted.
- apiGroups: [""]
  resources: [pods]
  verbs: {{ toJson . }}
{{- end }}
{{- if or $drains $evicts }}
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
{{- end }}
{{- if has "createEvent" $actions }}
# About whatever the platform names, in its namespace.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}
{{- if $drains }}
# Which volumes pods that stay hold.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]
{{- end }}
{{- if or $drains $deletes }}
- apiGroups: [storage.k8s.io]
  resources: [volumeattachments]
  verbs: [list{{ if $deletes }}, delete{{ end }}]
{{- end }}
{{- $verbs := list -}}
{{- if has "patch" $actions }}{{ $verbs = concat $verbs (list "get" "patch") }}{{ end -}}
{{- /* One that is there already is patched. */ -}}
{{- if has "create" $actions }}{{ $verbs = concat $verbs (list "get" "create" "patch") }}{{ end -}}
{{- if has "delete" $actions }}{{ $verbs = concat $verbs (list "get" "delete") }}{{ end -}}
{{- if $verbs }}
{{- range uniq .Values.clusterController.objectResources }}
{{- $parts := splitn "." 2 . }}
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 | quote }}]
  verbs: {{ uniq $verbs | toJson }}
{{- end }}
{{- end }}
{{- end -}}
