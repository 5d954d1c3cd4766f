{{/* What the evictor reads for the reports that are switched on; equal to its table of collections, which a test compares. */}}
{{- define "castai.evictorRbacRules" -}}
{{- $reports := .Values.evictor.reports -}}
{{- if or (has "removal" $reports) (has "drift" $reports) (has "age" $reports) }}
- apiGroups: [""]
  resources: [nodes]
  verbs: [list, watch]
{{- end }}
{{- if has "drift" $reports }}
# What Karpenter says of its nodes, where it is installed and has made some.
- apiGroups: [karpenter.sh]
  resources: [nodeclaims]
  verbs: [list]
{{- end }}
{{- if or (has "removal" $reports) (has "budgets" $reports) }}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch]
{{- end }}
{{- if has "removal" $reports }}
# How many pods a controller wants, and that it makes them anew.
- apiGroups: [apps]
  resources: [replicasets, statefulsets]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch]
# The same of those without a group; where the volumes of a pod are; labels of namespaces, which affinities select by.
- apiGroups: [""]
  resources: [replicationcontrollers, persistentvolumeclaims, persistentvolumes, namespaces]
  verbs: [list, watch]
# How many volumes a node takes.
- apiGroups: [storage.k8s.io]
  resources: [csinodes]
  verbs: [list, watch]
{{- end }}
{{- end -}}
