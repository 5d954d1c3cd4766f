{{/*
What every file of this chart begins with: Helm renders them in an order of its own, and none may meet a value that is absent.
Fills in for what is absent or null, as after --reuse-values of an older chart, takes what a parent chart says for all, then checks.
*/}}
{{- define "castai.prepare" -}}
{{- include "castai.fill" (dict "values" .Values "defaults" (.Files.Get "files/defaults.yaml" | fromYaml)) -}}
{{- include "castai.fromParent" . -}}
{{- include "castai.ofPlatform" . -}}
{{- include "castai.validate" . -}}
{{- end -}}

{{- define "castai.fill" -}}
{{- range $key, $default := .defaults -}}
{{- $value := ternary (get $.values $key) nil (hasKey $.values $key) -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := set $.values $key $default -}}
{{- else if and (kindIs "map" $default) (kindIs "map" $value) -}}
{{- include "castai.fill" (dict "values" $value "defaults" $default) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Globals of the vendor's umbrella chart count where our own values are left at their defaults. */}}
{{- define "castai.fromParent" -}}
{{- $defaults := .Files.Get "files/defaults.yaml" | fromYaml -}}
{{- $shared := .Values.global.castai | default dict -}}
{{- if kindIs "map" $shared -}}
{{- range $theirs, $ours := dict "apiURL" "apiUrl" "provider" "provider" -}}
{{- if and (get $shared $theirs) (eq (get $.Values $ours) (get $defaults $ours)) -}}{{- $_ := set $.Values $ours (get $shared $theirs) -}}{{- end -}}
{{- end -}}
{{- if not (or .Values.apiKey .Values.apiKeySecret.name .Values.apiKeyFile) -}}
{{- if $shared.apiKeySecretRef -}}
{{- $_ := set .Values.apiKeySecret "name" $shared.apiKeySecretRef -}}
{{- else if $shared.apiKey -}}
{{- $_ := set .Values "apiKey" $shared.apiKey -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.global.registry (kindIs "string" .Values.global.registry) (not .Values.global.imageRegistry) (not .Values.image.registry) -}}
{{- $_ := set .Values.image "registry" .Values.global.registry -}}
{{- end -}}
{{- /* Of the umbrella chart, and of no other parent. */ -}}
{{- if and .Values.global.castai (kindIs "map" $shared) (kindIs "slice" .Values.global.tolerations) -}}
{{- range $name, $key := include "castai.componentKeys" . | fromJson -}}
{{- $component := get $.Values $key -}}
{{- range $toleration := $.Values.global.tolerations -}}
{{- /* Every file of the chart comes by here. */ -}}
{{- if not (has $toleration $component.tolerations) -}}{{- $_ := set $component "tolerations" (append $component.tolerations $toleration) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
