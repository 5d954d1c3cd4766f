{{/*
Pod template of a component: dict root, component, values, own (environment), volumes, mounts, hostNetwork, affinity, spread, checksums
(of what a program reads at its start only: pods are made anew when it changes).
*/}}
{{- define "castai.podTemplate" -}}
metadata:
  labels:
    {{- /* Without the chart's version: a release that changes nothing of a pod must not restart it. */}}
    {{- $labels := merge (dict) (include "castai.selectorLabels" . | fromYaml) .values.podLabels .root.Values.commonLabels (dict "app.kubernetes.io/part-of" "castai") }}
    {{- toYaml $labels | nindent 4 }}
  {{- $annotations := dict }}
  {{- if .values.image.digest }}
  {{- $_ := set $annotations "castai/image-tag" (include "castai.tag" .) }}
  {{- end }}
  {{- if .root.Values.monitoring.annotations }}
  {{- $_ := mustMerge $annotations (dict "prometheus.io/scrape" "true" "prometheus.io/port" (toString .values.port) "prometheus.io/path" "/metrics") }}
  {{- end }}
  {{- if and (include "castai.hasKey" .) .root.Values.trustedCa.pem }}
  {{- $_ := set $annotations "checksum/trusted-ca" (.root.Values.trustedCa.pem | sha256sum) }}
  {{- end }}
  {{- with merge (dict) .values.podAnnotations $annotations (.checksums | default dict) .root.Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "castai.podSpec" . | nindent 2 }}
{{- end -}}

{{- define "castai.podSpec" -}}
serviceAccountName: {{ include "castai.serviceAccountName" . | quote }}
# The token is mounted below: bound to this pod, renewed hourly.
automountServiceAccountToken: false
enableServiceLinks: false
{{- include "castai.pullSecrets" .root }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- if .hostNetwork }}
hostNetwork: true
{{- end }}
{{- if kindIs "bool" .values.hostUsers }}
hostUsers: {{ .values.hostUsers }}
{{- end }}
{{- with .values.dnsPolicy }}
dnsPolicy: {{ . | quote }}
{{- end }}
{{- with .values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
{{- with include "castai.podSecurityContext" . | fromYaml }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.initContainers }}
initContainers:
  {{- tpl (toYaml .) $.root | nindent 2 }}
{{- end }}
containers:
  - name: {{ .component }}
    {{- include "castai.container" . | nindent 4 }}
    ports:
      - name: admin
        containerPort: {{ .values.port }}
        protocol: TCP
    {{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" }}
    {{- with get $.values $probe }}
    {{ $probe }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
  {{- with .values.extraContainers }}
  {{- tpl (toYaml .) $.root | nindent 2 }}
  {{- end }}
volumes:
  {{- include "castai.volumes" . | trim | nindent 2 }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (.values.affinity | default .affinity) }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (.values.topologySpreadConstraints | default .spread) }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* On OpenShift its restricted-v2 profile chooses user and group; whoever asks for root has a profile that allows it. */}}
{{- define "castai.podSecurityContext" -}}
{{- $context := .values.podSecurityContext -}}
{{- if and .root.Values.openshift.enabled (ne .component "aks-init-data") -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "castai.container" -}}
image: {{ include "castai.image" . | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
env:
  {{- include "castai.env" . | trim | nindent 2 }}
{{- with .values.extraEnvFrom }}
envFrom:
  {{- tpl (toYaml .) $.root | nindent 2 }}
{{- end }}
{{- with .values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- if and (include "castai.hasKey" .) (eq (include "castai.keySource" . | fromJson).is "secret") }}
  - name: api-key
    mountPath: /var/run/castai/api-key
    readOnly: true
  {{- end }}
  {{- if and (include "castai.hasKey" .) (include "castai.hasCa" .root) }}
  - name: trusted-ca
    mountPath: /var/run/castai/trusted-ca
    readOnly: true
  {{- end }}
  - name: service-account
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- if include "castai.hasPodToken" . }}
  - name: pod-token
    mountPath: /var/run/castai/pod-token
    readOnly: true
  {{- end }}
  {{- with .mounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .values.extraVolumeMounts }}
  {{- tpl (toYaml .) $.root | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "castai.volumes" -}}
{{- $key := include "castai.keySource" . | fromJson }}
{{- if and (include "castai.hasKey" .) (eq $key.is "secret") }}
# As files and never by subPath: a file of a whole mounted Secret follows its changes, so a rotated key needs no restart.
- name: api-key
  secret:
    secretName: {{ $key.name | quote }}
    items:
      - key: {{ $key.key | quote }}
        path: key
{{- end }}
{{- if not (include "castai.hasKey" .) }}
{{- else if .root.Values.trustedCa.secret.name }}
- name: trusted-ca
  secret:
    secretName: {{ .root.Values.trustedCa.secret.name | quote }}
    items:
      - key: {{ .root.Values.trustedCa.secret.key | quote }}
        path: ca.crt
{{- else if include "castai.hasCa" .root }}
- name: trusted-ca
  configMap:
    name: {{ include "castai.caMapName" .root | quote }}
    items:
      - key: {{ .root.Values.trustedCa.configMap.key | quote }}
        path: ca.crt
{{- end }}
- name: service-account
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- if include "castai.hasPodToken" . }}
# For the platform and nobody else: says which pod on which node sends. The API server does not take it.
- name: pod-token
  projected:
    sources:
      - serviceAccountToken:
          audience: {{ include "castai.podTokenAudience" .root | quote }}
          expirationSeconds: 3600
          path: token
{{- end }}
{{- with .volumes }}
{{ toYaml . }}
{{- end }}
{{- with .values.extraVolumes }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end -}}
