{{/* Full name of a component: dict root, component (spot-handler). */}}
{{- define "castai.name" -}}
{{- printf "%s-%s" (.root.Values.fullnameOverride | trunc 40 | trimSuffix "-") .component -}}
{{- end -}}

{{/*
Name of an object that belongs to no single component: dict root, suffix. Without the agent it has the name of the first component too,
so that agent and DaemonSets can be two releases of one namespace.
*/}}
{{- define "castai.sharedName" -}}
{{- $on := include "castai.components" .root | fromJson | keys | sortAlpha -}}
{{- if or (has "agent" $on) (not $on) -}}
{{- printf "%s-%s" .root.Values.fullnameOverride .suffix -}}
{{- else -}}
{{- printf "%s-%s" (include "castai.name" (dict "root" .root "component" (first $on))) .suffix -}}
{{- end -}}
{{- end -}}

{{/* What selects the pods of one component; never changes, and no two components share it. */}}
{{- define "castai.selectorLabels" -}}
app.kubernetes.io/name: {{ include "castai.name" . }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end -}}

{{- define "castai.labels" -}}
{{ include "castai.selectorLabels" . }}
{{ include "castai.sharedLabels" .root }}
{{- end -}}

{{/* Labels of what belongs to no single component. */}}
{{- define "castai.sharedLabels" -}}
app.kubernetes.io/part-of: castai
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of a component's object: dict root, component, suffix, namespaced, labels, annotations. */}}
{{- define "castai.metadata" -}}
name: {{ include "castai.name" . }}{{ with .suffix }}-{{ . }}{{ end }}
{{- if not .clusterWide }}
namespace: {{ .namespace | default .root.Release.Namespace | quote }}
{{- end }}
labels:
  {{- $labels := merge (dict) (.labels | default dict) (include "castai.labels" . | fromYaml) }}
  {{- toYaml $labels | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* metadata of an object that belongs to the whole release: dict root, name, namespace, labels, annotations. */}}
{{- define "castai.sharedMetadata" -}}
name: {{ .name | quote }}
namespace: {{ .namespace | default .root.Release.Namespace | quote }}
labels:
  {{- $labels := merge (dict) (.labels | default dict) (dict "app.kubernetes.io/name" .root.Values.fullnameOverride "app.kubernetes.io/instance" .root.Release.Name) (include "castai.sharedLabels" .root | fromYaml) }}
  {{- toYaml $labels | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Reference of an image: dict root, values (of the component). A registry is put in front once. */}}
{{- define "castai.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .root.Values.image.registry | trimSuffix "/" -}}
{{- $name := ternary .values.image.repository (printf "%s/%s" $registry .values.image.repository) (empty $registry) -}}
{{- if .values.image.digest -}}
{{- printf "%s@%s" $name .values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (include "castai.tag" .) -}}
{{- end -}}
{{- end -}}

{{- define "castai.tag" -}}
{{- .values.image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- end -}}

{{/* Pull secrets, those of the parent chart first, each once. */}}
{{- define "castai.pullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.global.imagePullSecrets | default list) .Values.image.pullSecrets -}}
{{- $names = append $names (ternary . (get (ternary dict . (kindIs "string" .)) "name") (kindIs "string" .)) -}}
{{- end -}}
{{- with uniq $names }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "castai.serviceAccountName" -}}
{{- .values.serviceAccount.name | default (include "castai.name" .) -}}
{{- end -}}

{{/*
The Secret that the chart makes from apiKey. Nobody is told to make one of this name: whoever goes over to a Secret of their own has
both for a moment, and Helm deletes this one.
*/}}
{{- define "castai.ownKeySecretName" -}}
{{- include "castai.sharedName" (dict "root" . "suffix" "api-key-of-values") -}}
{{- end -}}

{{/* Secret with the API key: the one that was named, or the chart's own. */}}
{{- define "castai.keySecretName" -}}
{{- .Values.apiKeySecret.name | default (include "castai.ownKeySecretName" .) -}}
{{- end -}}

{{/*
Where a component (dict root, values) has its API key from, as JSON: is secret (with name and key: its own, or that of the top), file
(with path), environment (it names a variable or a source of variables itself), or none.
*/}}
{{- define "castai.keySource" -}}
{{- $own := .values.apiKeySecret | default dict -}}
{{- $top := .root.Values.apiKeySecret -}}
{{- $isNamed := false -}}
{{- range concat .root.Values.extraEnv .values.extraEnv -}}
{{- if has .name (list "API_KEY" "API_KEY_FILE") }}{{ $isNamed = true }}{{ end -}}
{{- end -}}
{{- if $own.name -}}
{{- dict "is" "secret" "name" $own.name "key" $own.key | toJson -}}
{{- else if .root.Values.apiKeyFile -}}
{{- dict "is" "file" "path" .root.Values.apiKeyFile | toJson -}}
{{- else if or $top.name .root.Values.apiKey -}}
{{- dict "is" "secret" "name" (include "castai.keySecretName" .root) "key" $top.key | toJson -}}
{{- else -}}
{{- dict "is" (ternary "environment" "none" (or $isNamed (not (empty .values.extraEnvFrom)))) | toJson -}}
{{- end -}}
{{- end -}}

{{/*
Whether a component (dict root, component) talks to the platform, and so needs a key, the cluster's id and the way through a proxy: all but
the platform itself, and the evictor unless its report is to be sent.
*/}}
{{- define "castai.isSender" -}}
{{- if has .component (list "evictor" "evictor-doctor") -}}
{{- if .root.Values.evictor.sendReport }}true{{ end -}}
{{- else if ne .component "platform" -}}true{{- end -}}
{{- end -}}

{{/* Components that helm test checks, as a JSON list. */}}
{{- define "castai.checked" -}}
{{- list "agent" "evictor" "cluster-controller" | toJson -}}
{{- end -}}

{{/* What the pod of helm test that checks a component (by name) is called. */}}
{{- define "castai.doctorName" -}}
{{- eq . "agent" | ternary "doctor" (printf "%s-doctor" .) -}}
{{- end -}}

{{/* Whether a component (dict root, component) is given the API key: who sends, and who is sent to. */}}
{{- define "castai.hasKey" -}}
{{- if or (eq .component "platform") (include "castai.isSender" .) }}true{{ end -}}
{{- end -}}

{{/* A value as text: a whole number of a values file is a float to Helm, and would be printed as 1.2345678e+07. */}}
{{- define "castai.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}{{- printf "%.0f" . -}}{{- else -}}{{- toString . -}}{{- end -}}
{{- end -}}

{{/* Whether a component sends the token of its pod to the platform: those that lie on every node; absent values are on. */}}
{{- define "castai.hasPodToken" -}}
{{- if and (not (has .component (list "agent" "platform" "evictor" "cluster-controller"))) (ne (toString (get (.root.Values.podToken | default dict) "enabled")) "false") }}true{{ end -}}
{{- end -}}

{{/* Who that token is for: the platform's address, unless it goes by another name. */}}
{{- define "castai.podTokenAudience" -}}
{{- get (.Values.podToken | default dict) "audience" | default (trimSuffix "/" .Values.apiUrl) -}}
{{- end -}}

{{- define "castai.hasCa" -}}
{{- if or .Values.trustedCa.pem .Values.trustedCa.configMap.name .Values.trustedCa.secret.name }}true{{ end -}}
{{- end -}}

{{- define "castai.caMapName" -}}
{{- .Values.trustedCa.configMap.name | default (include "castai.sharedName" (dict "root" . "suffix" "trusted-ca")) -}}
{{- end -}}

{{/* All components, as JSON: name → key of its values. A component is what can be switched on and has an image of its own. */}}
{{- define "castai.componentKeys" -}}
{{- $keys := dict -}}
{{- range $key, $values := .Values -}}
{{- if kindIs "map" $values -}}
{{- if and (hasKey $values "enabled") (hasKey $values "image") -}}{{- $_ := set $keys (kebabcase $key) $key -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{/* The components that are on, as JSON: name → true. */}}
{{- define "castai.components" -}}
{{- $on := dict -}}
{{- range $component, $key := include "castai.componentKeys" . | fromJson -}}
{{- if (index $.Values $key).enabled -}}{{- $_ := set $on $component true -}}{{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end -}}

{{/*
Bytes of an amount of memory in any form that Kubernetes takes: 268435456, 256Mi, 0.25Gi, 300M, 3e8, 3E8, 300000000000m.
Empty for what is none.
*/}}
{{- define "castai.bytes" -}}
{{- with include "castai.amount" . -}}{{- float64 . | int64 -}}{{- end -}}
{{- end -}}

{{/* The number of any such amount, fractions too. */}}
{{- define "castai.amount" -}}
{{- $amount := toString . -}}
{{- if regexMatch `^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?$` $amount -}}
{{- $units := dict "Ki" "1024" "Mi" "1048576" "Gi" "1073741824" "Ti" "1099511627776" "Pi" "1125899906842624" "Ei" "1152921504606846976" "n" "1e-9" "u" "1e-6" "m" "1e-3" "k" "1e3" "M" "1e6" "G" "1e9" "T" "1e12" "P" "1e15" "E" "1e18" "" "1" -}}
{{- $unit := regexFind `([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])$` $amount -}}
{{- $number := trimSuffix $unit $amount | trimPrefix "+" -}}
{{- mulf (float64 $number) (float64 (hasKey $units $unit | ternary (get $units $unit) (printf "1%s" $unit))) -}}
{{- end -}}
{{- end -}}

{{/* PENDING_LIMIT as the agent has it: of several the last one counts. Empty when it comes from somewhere else, as by valueFrom. */}}
{{- define "castai.pendingLimit" -}}
{{- $limit := .Values.agent.pendingLimit -}}
{{- range concat .Values.extraEnv .Values.agent.extraEnv -}}
{{- if eq .name "PENDING_LIMIT" -}}{{- $limit = hasKey . "value" | ternary (tpl (include "castai.text" .value) $) "" -}}{{- end -}}
{{- end -}}
{{- $limit -}}
{{- end -}}

{{/*
Annotations of a workload (dict component, values, hostNetwork): its own values, then for kube-linter why a check does not hold for it.
*/}}
{{- define "castai.workloadAnnotations" -}}
{{- $check := "ignore-check.kube-linter.io" -}}
{{- $notes := dict (printf "%s/unset-cpu-requirements" $check) "a request and no limit: being throttled would make it late, and its work is bounded" -}}
{{- if .hostNetwork }}{{ $_ := set $notes (printf "%s/host-network" $check) "several clouds answer at the metadata service only to the network of the host" }}{{ end -}}
{{- if eq .component "aks-init-data" }}{{ $_ := set $notes (printf "%s/run-as-non-root" $check) "the files that it reads belong to root; it has no capability and a read-only root" }}{{ end -}}
{{- merge (dict) .values.workloadAnnotations $notes | toYaml -}}
{{- end -}}
