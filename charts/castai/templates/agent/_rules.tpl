{{/*
What the agent reads; equal to its table of feeds, which a test compares. `get` only for the namespace whose uid identifies the
cluster. No Secret in any of them.
*/}}
{{- define "castai.agentRules" -}}
# The uid of this namespace is the identity of the cluster.
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- if or .Values.openshift.enabled (eq .Values.provider "openshift") }}
# The cluster's id and name on OpenShift.
- apiGroups: [config.openshift.io]
  resources: [clusterversions]
  resourceNames: [version]
  verbs: [get]
- apiGroups: [config.openshift.io]
  resources: [infrastructures]
  resourceNames: [cluster]
  verbs: [get]
{{- end }}
# Nodes, pods and what they depend on.
- apiGroups: [""]
  resources:
    - nodes
    - pods
    - namespaces
    - replicationcontrollers
    - persistentvolumeclaims
    - persistentvolumes
    - services
    - limitranges
    - resourcequotas
    - events
  verbs: [list, watch]
# Workloads.
- apiGroups: [apps]
  resources: [deployments, replicasets, daemonsets, statefulsets]
  verbs: [list, watch]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list, watch]
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: [list, watch]
- apiGroups: [datadoghq.com]
  resources: [extendeddaemonsets, extendeddaemonsetreplicasets]
  verbs: [list, watch]
# Storage and disruption.
- apiGroups: [storage.k8s.io]
  resources:
    - storageclasses
    - csinodes
    - volumeattachments
    - csidrivers
    - csistoragecapacities
    - volumeattributesclasses
  verbs: [list, watch]
- apiGroups: [scheduling.k8s.io]
  resources: [priorityclasses]
  verbs: [list, watch]
- apiGroups: [node.k8s.io]
  resources: [runtimeclasses]
  verbs: [list, watch]
# Pods that are placed together.
- apiGroups: [scheduling.volcano.sh]
  resources: [podgroups]
  verbs: [list, watch]
- apiGroups: [kueue.x-k8s.io]
  resources: [workloads]
  verbs: [list, watch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch]
# Autoscalers of pods.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [autoscaling.k8s.io]
  resources: [verticalpodautoscalers]
  verbs: [list, watch]
- apiGroups: [keda.sh]
  resources: [scaledobjects, scaledjobs]
  verbs: [list, watch]
# Autoscalers of nodes.
- apiGroups: [karpenter.sh]
  resources: [nodepools, nodeclaims, nodeoverlays, provisioners, machines]
  verbs: [list, watch]
- apiGroups: [karpenter.azure.com]
  resources: [aksnodeclasses]
  verbs: [list, watch]
- apiGroups: [karpenter.k8s.aws]
  resources: [ec2nodeclasses, awsnodetemplates]
  verbs: [list, watch]
- apiGroups: [eks.amazonaws.com]
  resources: [nodeclasses]
  verbs: [list, watch]
- apiGroups: [karpenter.k8s.gcp]
  resources: [gcenodeclasses]
  verbs: [list, watch]
- apiGroups: [cloud.google.com]
  resources: [computeclasses]
  verbs: [list, watch]
# Capacity that is asked for in advance.
- apiGroups: [autoscaling.x-k8s.io]
  resources: [capacitybuffers, provisioningrequests]
  verbs: [list, watch]
# Reports of trivy-operator.
- apiGroups: [aquasecurity.github.io]
  resources:
    - vulnerabilityreports
    - clustervulnerabilityreports
    - configauditreports
    - clusterconfigauditreports
    - clustercompliancereports
  verbs: [list, watch]
# Devices.
- apiGroups: [resource.k8s.io]
  resources: [deviceclasses, resourceslices, resourceclaims, resourceclaimtemplates]
  verbs: [list, watch]
# The platform's own kinds.
- apiGroups: [autoscaling.cast.ai]
  resources: [recommendations, custommetricsexporterconfigs]
  verbs: [list, watch]
- apiGroups: [pod-mutations.cast.ai]
  resources: [podmutations]
  verbs: [list, watch]
- apiGroups: [storageoptimization.cast.ai]
  resources: [nodediskrecommendations]
  verbs: [list, watch]
- apiGroups: [runbooks.cast.ai]
  resources: [recommendationsyncs]
  verbs: [list, watch]
- apiGroups: [live.cast.ai]
  resources: [migrations]
  verbs: [list, watch]
# Usage of nodes and pods; this API has no watch.
- apiGroups: [metrics.k8s.io]
  resources: [nodes, pods]
  verbs: [list]
{{- range .Values.agent.extraKinds }}
{{- $parts := splitList "/" (splitList ":" . | first) }}
- apiGroups: [{{ index $parts 0 }}]
  resources: [{{ index $parts 2 }}]
  verbs: [list, watch]
{{- end }}
{{- end -}}

{{- define "castai.agentIngressRules" -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, grpcroutes, tlsroutes, tcproutes, udproutes]
  verbs: [list, watch]
{{- end -}}

{{- define "castai.agentRbacRules" -}}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings, clusterroles, clusterrolebindings]
  verbs: [list, watch]
{{- end -}}
