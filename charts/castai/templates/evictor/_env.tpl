{{/* The evictor's own variables. */}}
{{- define "castai.evictorEnv" -}}
{{- $values := .Values.evictor -}}
REPORTS: {{ $values.reports | uniq | join "," | quote }}
AGGRESSIVE_MODE: {{ $values.aggressiveMode | quote }}
SCOPED_MODE: {{ $values.scopedMode | quote }}
NODE_GRACE_PERIOD_MINUTES: {{ $values.nodeGracePeriodMinutes | quote }}
HEADROOM_PERCENT: {{ $values.headroomPercent | quote }}
RULES_FILE: {{ ternary "/var/run/castai/rules/rules.yaml" "" (not (empty (include "castai.evictorRulesMap" .))) | quote }}
MAINTENANCE_CONFIG_MAP: {{ with $values.maintenanceConfigMap.name }}{{ printf "%s/%s" $values.maintenanceConfigMap.namespace . | quote }}{{ else }}""{{ end }}
NODE_EVENTS: {{ $values.nodeEvents | quote }}
PRICES_FILE: {{ ternary "/var/run/castai/prices/prices.yaml" "" (not (empty $values.prices)) | quote }}
CYCLE_INTERVAL: {{ $values.cycleInterval | quote }}
PASS_SECONDS: {{ $values.passSeconds | quote }}
NODE_MAX_AGE_DAYS: {{ $values.nodeMaxAgeDays | quote }}
IMAGE_MAX_AGE_DAYS: {{ $values.imageMaxAgeDays | quote }}
POOL_GRACE: {{ $values.poolGrace | quote }}
PAGE_SIZE: {{ $values.pageSize | quote }}
{{- /* What the agent keeps in, the evictor does not tell either. */}}
SKIP_NAMESPACES: {{ if $values.sendReport }}{{ concat .Values.agent.skipNamespaces $values.skipNamespaces | uniq | join "," | quote }}{{ else }}""{{ end }}
{{ include "castai.leaseEnv" (dict "root" . "component" "evictor" "values" $values) }}
DRAIN_SECONDS: {{ sub (int $values.terminationGracePeriodSeconds) 10 | quote }}
{{- end -}}

{{/* What castai.podTemplate needs of the evictor; the pod of helm test has the same. */}}
{{- define "castai.evictorPod" -}}
own: {{ include "castai.evictorEnv" . | fromYaml | toJson }}
volumes: {{ include "castai.evictorVolumes" . | fromYamlArray | toJson }}
mounts: {{ include "castai.evictorMounts" . | fromYamlArray | toJson }}
{{- end -}}

{{/* The rules that the values hold, as an object: the existing chart takes them as text, too. */}}
{{- define "castai.evictorRules" -}}
{{- $rules := .Values.evictor.customConfig -}}
{{- if kindIs "string" $rules }}{{ $rules = fromYaml $rules }}{{ end -}}
{{- with $rules }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* ConfigMap with the rules: one of the namespace, or the chart's own; empty without rules. */}}
{{- define "castai.evictorRulesMap" -}}
{{- if .Values.evictor.customConfigMap.name -}}
{{- .Values.evictor.customConfigMap.name -}}
{{- else if include "castai.evictorRules" . -}}
{{- include "castai.name" (dict "root" . "component" "evictor") }}-rules
{{- end -}}
{{- end -}}

{{- define "castai.evictorVolumes" -}}
{{- with include "castai.evictorRulesMap" . }}
- name: rules
  configMap:
    name: {{ . | quote }}
    items:
      - key: {{ $.Values.evictor.customConfigMap.key | quote }}
        path: rules.yaml
{{- end }}
{{- if .Values.evictor.prices }}
- name: prices
  configMap:
    name: {{ include "castai.name" (dict "root" . "component" "evictor") }}-prices
    items:
      - key: prices.yaml
        path: prices.yaml
{{- end }}
{{- end -}}

{{- define "castai.evictorMounts" -}}
{{- if include "castai.evictorRulesMap" . }}
- name: rules
  mountPath: /var/run/castai/rules
  readOnly: true
{{- end }}
{{- if .Values.evictor.prices }}
- name: prices
  mountPath: /var/run/castai/prices
  readOnly: true
{{- end }}
{{- end -}}
