{{/*
Everything that a schema cannot say, all of it in one message: what is wrong, the value to set, where to read on.
*/}}
{{- define "castai.validate" -}}
{{- $problems := list -}}
{{- range $old, $new := include "castai.renamed" . | fromYaml -}}
{{- $value := $.Values -}}
{{- range splitList "." $old -}}{{- $value = ternary (get (ternary $value dict (kindIs "map" $value)) .) nil (kindIs "map" $value) -}}{{- end -}}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "") (eq (toString $value) "map[]")) -}}
{{- $problems = append $problems (printf "%s is a key of another chart. %s" $old $new) -}}
{{- end -}}
{{- end -}}
{{- if .Values.replicaCount -}}
{{- if ne (int .Values.replicaCount) 1 -}}
{{- $problems = append $problems (printf "replicaCount is a key of another chart.\nSet agent.replicas=%v." .Values.replicaCount) -}}
{{- end -}}
{{- end -}}
{{- $on := include "castai.components" . | fromYaml -}}
{{- if not $on -}}
{{- $keys := without (values (include "castai.componentKeys" . | fromJson) | sortAlpha) "platform" -}}
{{- $problems = append $problems (printf "no component is enabled.\nSet %s.enabled=true." (join ".enabled=true or " $keys)) -}}
{{- end -}}
{{- /* Of a name without a registry the container runtime chooses one, and whoever owns the name there would be given the API key. */ -}}
{{- $homeless := list -}}
{{- range $component, $_ := $on -}}
{{- $key := get (include "castai.componentKeys" $ | fromJson) $component -}}
{{- $image := (get $.Values $key).image -}}
{{- $host := splitList "/" $image.repository | first -}}
{{- $isNamed := and (contains "/" $image.repository) (or (contains "." $host) (contains ":" $host) (eq $host "localhost")) -}}
{{- if not (or $.Values.global.imageRegistry $.Values.image.registry $image.digest $isNamed) -}}{{- $homeless = append $homeless $key -}}{{- end -}}
{{- end -}}
{{- if $homeless -}}
{{- $problems = append $problems (printf "no registry is set for the images of %s: their names would be looked up in the default registry of the nodes, where they may belong to somebody else.\nSet image.registry to where you have pushed the images (images/README.md builds them), or image.digest of each component." (join ", " $homeless)) -}}
{{- end -}}
{{- /* Kubernetes takes any text for an image and for a variable: the pods would be there and never run. */ -}}
{{- range $component, $_ := $on -}}
{{- $key := get (include "castai.componentKeys" $ | fromJson) $component -}}
{{- $image := include "castai.image" (dict "root" $ "values" (get $.Values $key)) -}}
{{- $host := "([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:]+\\])(:[0-9]{1,5})?" -}}
{{- if not (regexMatch (printf "^(%s/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$" $host) $image) -}}
{{- $problems = append $problems (printf "the image of %s would be %s, which is no name of an image.\nSet image.registry without a scheme (registry.example.com/path), repositories in lower case, tags as a word, and digests as %s.image.digest." $key $image $key) -}}
{{- end -}}
{{- end -}}
{{- range $component, $_ := $on -}}
{{- $key := get (include "castai.componentKeys" $ | fromJson) $component -}}
{{- $isDaemon := has $key (list "spotHandler" "aksInitData") -}}
{{- with get (default dict (get $.Values $key).updateStrategy) "rollingUpdate" -}}
{{- $unavailable := get . "maxUnavailable" | toString -}}
{{- $surge := get . "maxSurge" | toString -}}
{{- if has $unavailable (list "" "<nil>") -}}{{- $unavailable = ternary "1" "25%" $isDaemon -}}{{- end -}}
{{- if has $surge (list "" "<nil>") -}}{{- $surge = ternary "0" "25%" $isDaemon -}}{{- end -}}
{{- $nothing := list "0" "0%" -}}
{{- $isStuck := and (has $unavailable $nothing) (has $surge $nothing) -}}
{{- $isBoth := and $isDaemon (not (has $unavailable $nothing)) (not (has $surge $nothing)) -}}
{{- if or $isStuck $isBoth -}}
{{- $problems = append $problems (printf "%s.updateStrategy.rollingUpdate has maxUnavailable %s and maxSurge %s, which Kubernetes refuses together.\nSet one of them to 0 and the other to more than 0." $key $unavailable $surge) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.trustedCa.pem (not (contains "-----BEGIN CERTIFICATE-----" .Values.trustedCa.pem)) -}}
{{- $problems = append $problems "trustedCa.pem holds no certificate: nothing more would be trusted than without it.\nSet it to the text of a PEM file, or --set-file trustedCa.pem=ca.pem." -}}
{{- end -}}
{{- $address := tpl .Values.apiUrl . -}}
{{- $port := regexFind ":[0-9]+$" (regexReplaceAll "^(https?://[^/]*).*$" $address "${1}") | trimPrefix ":" | default "443" -}}
{{- if or (not (regexMatch "^https?://([^][/?#@:[:space:]]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#[:space:]]*)?$" $address)) (gt (int64 $port) 65535) -}}
{{- $problems = append $problems (printf "apiUrl is %s, which is no address that the programs would take: they would end at their start.\nSet it to scheme, host and, if need be, port and path, such as https://platform.example.com:8443/api." $address) -}}
{{- end -}}
{{- range $key, $what := dict "agent" "take the session from each other" "evictor" "each hold the placement of the whole cluster" "clusterController" "all carry out what is asked once" -}}
{{- $values := get $.Values $key -}}
{{- if and (gt (int $values.replicas) 1) (not $values.leaderElection) -}}
{{- $problems = append $problems (printf "%s.replicas is more than 1 and %s.leaderElection is off: the pods would %s.\nSet %s.leaderElection=true." $key $key $what $key) -}}
{{- end -}}
{{- end -}}
{{- /*
V8's heap is a quarter of the memory limit (the image's --max-old-space-size-percentage). The agent needs 25 MiB of it besides what waits,
rounded up to 32, and many small changes take as much of it as they count (measured). So 4 * (pending + 32Mi) have to fit. The rest of the
process (128 MiB resident at most, batches in hand) has room in the other three quarters then.
*/ -}}
{{- $memory := dig "limits" "memory" "" .Values.agent.resources -}}
{{- $limitBytes := include "castai.bytes" $memory -}}
{{- $pendingLimit := include "castai.pendingLimit" . -}}
{{- $pendingBytes := include "castai.bytes" $pendingLimit -}}
{{- if and (get $on "agent") $pendingLimit (not (and $pendingBytes (ge (int64 $pendingBytes) 1048576) (le (int64 $pendingBytes) 1073741824))) -}}
{{- $problems = append $problems (printf "the agent takes a pending limit from 1Mi to 1Gi, and this is %s: it would end at its start.\nSet agent.pendingLimit, such as 32Mi." $pendingLimit) -}}
{{- end -}}
{{- range $component, $key := include "castai.componentKeys" . | fromJson -}}
{{- $values := get $.Values $key -}}
{{- if and (get $on $component) (eq $values.dnsPolicy "None") (not $values.dnsConfig) -}}
{{- $problems = append $problems (printf "%s.dnsPolicy is None, and no name could be resolved.\nSet %s.dnsConfig.nameservers as well." $key $key) -}}
{{- end -}}
{{- end -}}
{{- if and (get $on "agent") $limitBytes $pendingBytes -}}
{{- $needed := mul 4 (add (int64 $pendingBytes) 33554432) -}}
{{- if lt (int64 $limitBytes) $needed -}}
{{- $where := eq $pendingLimit (toString .Values.agent.pendingLimit) | ternary "agent.pendingLimit" "PENDING_LIMIT in extraEnv" -}}
{{- $fits := sub (div (int64 $limitBytes) 4194304) 32 -}}
{{- $less := gt $fits 0 | ternary (printf ", or %s to %dMi or less" $where $fits) "" -}}
{{- $problems = append $problems (printf "%s is %s: agent.resources.limits.memory of %s cannot hold so many changes that wait.\nSet agent.resources.limits.memory to %dMi or more (4 times the sum of 32Mi and what may wait)%s." $where $pendingLimit (toString $memory) (div (add $needed 1048575) 1048576) $less) -}}
{{- end -}}
{{- end -}}
{{- $keyless := list -}}
{{- range $component, $_ := $on -}}
{{- $key := get (include "castai.componentKeys" $ | fromJson) $component -}}
{{- if and (include "castai.hasKey" (dict "root" $ "component" $component)) (eq (include "castai.keySource" (dict "root" $ "values" (get $.Values $key)) | fromJson).is "none") -}}{{- $keyless = append $keyless $key -}}{{- end -}}
{{- end -}}
{{- if and (or $keyless .Values.monitoring.platformScrape.enabled) (not .Values.apiKey) (not .Values.apiKeySecret.name) -}}
{{- $problems = append $problems (printf "there is no API key.\nCreate a Secret and name it:\n  kubectl create secret generic castai-api-key --namespace %s --from-literal=API_KEY=<key>\n  --set apiKeySecret.name=castai-api-key\nWithout a Secret: set apiKeyFile to a path that extraVolumes and extraVolumeMounts bring." .Release.Namespace) -}}
{{- end -}}
{{- if and (get $on "agent") .Values.agent.labelsMasked (not .Values.agent.maskKeySecret.name) -}}
{{- $problems = append $problems (printf "agent.labelsMasked is set, and there is no key to mask with.\nCreate a Secret and name it:\n  kubectl create secret generic castai-mask-key --namespace %s --from-literal=MASK_KEY=$(head -c 32 /dev/urandom | base64)\n  --set agent.maskKeySecret.name=castai-mask-key" .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.apiKey .Values.apiKeySecret.name -}}
{{- $problems = append $problems "apiKey and apiKeySecret.name are both set.\nKeep apiKeySecret.name, which does not put the key into Helm's release." -}}
{{- end -}}
{{- if and .Values.apiKeyFile (or .Values.apiKey .Values.apiKeySecret.name) -}}
{{- $problems = append $problems "apiKeyFile is set besides apiKey or apiKeySecret.name.\nKeep one of them." -}}
{{- end -}}
{{- $secretNames := dict "apiKeySecret.name" .Values.apiKeySecret.name -}}
{{- range $component, $key := include "castai.componentKeys" . | fromJson -}}
{{- $_ := set $secretNames (printf "%s.apiKeySecret.name" $key) (((get $.Values $key).apiKeySecret | default dict).name | default "") -}}
{{- end -}}
{{- range $path, $name := $secretNames -}}
{{- if eq $name (include "castai.ownKeySecretName" $) -}}
{{- $problems = append $problems (printf "%s is the name of the Secret that the chart makes from apiKey, and deletes when apiKey is empty.\nMake a Secret of another name." $path) -}}
{{- end -}}
{{- end -}}
{{- $cas := list -}}
{{- range $name, $value := dict "pem" .Values.trustedCa.pem "configMap.name" .Values.trustedCa.configMap.name "secret.name" .Values.trustedCa.secret.name -}}
{{- if $value -}}{{- $cas = append $cas (printf "trustedCa.%s" $name) -}}{{- end -}}
{{- end -}}
{{- if gt (len $cas) 1 -}}
{{- $problems = append $problems (printf "%s are all set.\nKeep one of them." (join " and " $cas)) -}}
{{- end -}}
{{- if and .Values.clusterIdFrom.configMap.name .Values.clusterIdFrom.secret.name -}}
{{- $problems = append $problems "clusterIdFrom.configMap.name and clusterIdFrom.secret.name are both set.\nKeep one of them." -}}
{{- end -}}
{{- if and (get $on "agent") .Values.agent.rbac.writeClusterId (not .Values.clusterIdFrom.configMap.name) -}}
{{- $problems = append $problems "agent.rbac.writeClusterId is set, and no ConfigMap is named for the id.\nSet clusterIdFrom.configMap.name." -}}
{{- end -}}
{{- /* What a parent chart says for all has not gone through the schema of this one. */ -}}
{{- $providers := list "" "aks" "eks" "gke" "kops" "openshift" "selfhostedec2" "anywhere" -}}
{{- if not (has .Values.provider $providers) -}}
{{- $problems = append $problems (printf "global.castai.provider is %v, and the agent takes %s.\nSet provider of this chart." .Values.provider (rest $providers | join ", ")) -}}
{{- end -}}
{{- if not (regexMatch "^https?://[^/?#@]+(/[^?#]*)?$" (toString .Values.apiUrl)) -}}
{{- $problems = append $problems (printf "global.castai.apiURL is %v, and no address with https:// before it.\nSet apiUrl of this chart." .Values.apiUrl) -}}
{{- end -}}
{{- if not (regexMatch `^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$` (toString .Values.apiKeySecret.name | default "a")) -}}
{{- $problems = append $problems (printf "global.castai.apiKeySecretRef is %v, which no Secret is called.\nSet apiKeySecret.name of this chart." .Values.apiKeySecret.name) -}}
{{- end -}}
{{- range $component, $_ := omit $on "agent" -}}
{{- if and (include "castai.isSender" (dict "root" $ "component" $component)) (not (or $.Values.clusterId $.Values.clusterIdFrom.configMap.name $.Values.clusterIdFrom.secret.name)) -}}
{{- $problems = append $problems (printf "%s needs clusterId, the platform's id of this cluster.\nInstall the agent first, read the id on its status page (NOTES show how) or in the console, then set clusterId; or in one step: clusterIdFrom.configMap.name, and agent.rbac.writeClusterId=true for the agent to write it there." (get (include "castai.componentKeys" $ | fromJson) $component)) -}}
{{- end -}}
{{- end -}}
{{- if and (get $on "spot-handler") .Values.spotHandler.hostNetwork (eq (toString .Values.spotHandler.hostUsers) "false") -}}
{{- $problems = append $problems "spotHandler.hostUsers is false, and pods with the host's network have the host's users.\nTake it out, or set spotHandler.hostNetwork=false." -}}
{{- end -}}
{{- if and (get $on "aks-init-data") (eq (toString .Values.aksInitData.hostUsers) "false") -}}
{{- $problems = append $problems "aksInitData.hostUsers is false: its root would not be the host's, whose files it reads.\nTake it out." -}}
{{- end -}}
{{- $spotPolicy := and (get $on "spot-handler") .Values.spotHandler.rbac.create .Values.spotHandler.rbac.ownNodePolicy -}}
{{- if and $spotPolicy (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- $problems = append $problems (printf "Kubernetes %s has no ValidatingAdmissionPolicy, which confines the spot handler to its own node from 1.30 on.\nSet spotHandler.rbac.ownNodePolicy=false: its token may then change every node." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- $controllerPolicy := and (get $on "cluster-controller") .Values.clusterController.rbac.create (ne (toString .Values.clusterController.rbac.nodePolicy) "false") -}}
{{- if and $controllerPolicy (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- $problems = append $problems (printf "Kubernetes %s has no ValidatingAdmissionPolicy, which confines the cluster controller to what its actions need of a node from 1.30 on.\nSet clusterController.rbac.nodePolicy=false: its token may then change all of a node." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- if and (get $on "cluster-controller") (has "nodes" .Values.clusterController.objectResources) -}}
{{- $problems = append $problems "clusterController.objectResources has nodes, which are changed by actions of their own kinds only.\nTake it out: drainNode, deleteNode and patchNode in clusterController.actions are for nodes." -}}
{{- end -}}
{{- $ownKeys := (.Files.Get "files/defaults.yaml" | fromYaml).clusterController -}}
{{- $answers := dict -}}
{{- range $key, $words := include "castai.controllerOfOthers" . | fromYaml -}}
{{- $_ := set $answers $key $words -}}
{{- $_ := set $answers (printf "clusterController.%s" $key) $words -}}
{{- end -}}
{{- range $key, $words := include "castai.controllerBelow" . | fromYaml -}}{{- $_ := set $answers (printf "clusterController.%s" $key) $words -}}{{- end -}}
{{- range $path, $words := $answers -}}
{{- $isBelow := hasPrefix "clusterController." $path -}}
{{- $key := trimPrefix "clusterController." $path -}}
{{- $values := ternary $.Values.clusterController $.Values $isBelow -}}
{{- if and (not (and $isBelow (hasKey $ownKeys $key))) (hasKey $values $key) (not (has (toString (get $values $key)) (list "" "map[]" "[]" "<nil>"))) -}}
{{- $problems = append $problems (printf "%s is a key of another chart. %s" $path $words) -}}
{{- end -}}
{{- end -}}
{{- range $key, $words := include "castai.evictorOfOthers" . | fromYaml -}}
{{- range $path, $values := dict $key $.Values (printf "evictor.%s" $key) $.Values.evictor -}}
{{- if and (hasKey $values $key) (not (has (toString (get $values $key)) (list "" "map[]" "<nil>"))) -}}
{{- $own := hasPrefix "Set " $words -}}
{{- if not (and $own (hasPrefix "evictor." $path)) -}}
{{- $problems = append $problems (printf "%s is a key of another chart. %s" $path $words) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if get $on "evictor" -}}
{{- if and .Values.evictor.prices (ne (keys .Values.evictor.prices | sortAlpha | join " ") "currency prices") -}}
{{- $problems = append $problems "evictor.prices needs both currency and prices.\nSet evictor.prices.currency and evictor.prices.prices." -}}
{{- end -}}
{{- $rules := include "castai.evictorRules" . | fromYaml -}}
{{- if and $rules .Values.evictor.customConfigMap.name -}}
{{- $problems = append $problems "evictor.customConfig and evictor.customConfigMap.name are both set.\nKeep one of them." -}}
{{- end -}}
{{- $isList := kindIs "slice" (get $rules "evictionConfig") -}}
{{- /* Helm reads the first document of a text, and nothing of the others. */}}
{{- if kindIs "string" .Values.evictor.customConfig -}}
{{- if regexMatch "(?m)^[^-#\\s][\\s\\S]*^---" .Values.evictor.customConfig -}}
{{- $problems = append $problems "evictor.customConfig holds several YAML documents, of which one would count.\nWrite all rules below one evictionConfig." -}}
{{- end -}}
{{- end -}}
{{- if and $rules (or (ne (keys $rules | join "") "evictionConfig") (not $isList)) -}}
{{- $problems = append $problems "evictor.customConfig is text, and no YAML with a list evictionConfig.\nWrite evictionConfig as a list of one selector (podSelector or nodeSelector) and settings each." -}}
{{- else if $isList -}}
{{- /* A text that lost its indentation is YAML as well, and means something else. */ -}}
{{- range $index, $rule := get $rules "evictionConfig" -}}
{{- $names := "" -}}
{{- if kindIs "map" $rule }}{{ $names = keys $rule | sortAlpha | join " " }}{{ end -}}
{{- if not (has $names (list "nodeSelector settings" "podSelector settings")) -}}
{{- $problems = append $problems (printf "evictor.customConfig: evictionConfig[%d] has %s, and a rule has one selector and settings.\nWrite podSelector or nodeSelector, and settings beside it, not below it." $index ($names | default "nothing")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.fullnameOverride "castai-agent" -}}
{{- $problems = append $problems "fullnameOverride is castai-agent: names end in the component here, so the agent would be called castai-agent-agent.\nTake it out: the agent is castai-agent by default." -}}
{{- end -}}
{{- if eq .Values.fullnameOverride "castai-cluster-controller" -}}
{{- $problems = append $problems "fullnameOverride is castai-cluster-controller: names end in the component here, so it would be called castai-cluster-controller-cluster-controller.\nTake it out: the cluster controller is castai-cluster-controller by default." -}}
{{- end -}}
{{- range $component, $key := include "castai.componentKeys" . | fromJson -}}
{{- $account := (get $.Values $key).serviceAccount -}}
{{- if and (get $on $component) (not $account.create) (not $account.name) -}}
{{- $problems = append $problems (printf "%s.serviceAccount.create is false, and no account is named.\nSet %s.serviceAccount.name to one of the namespace." $key $key) -}}
{{- end -}}
{{- end -}}
{{- if and (get $on "spot-handler") .Values.spotHandler.acknowledgeEvents (ne .Values.spotHandler.mode "evict") -}}
{{- $problems = append $problems "spotHandler.acknowledgeEvents is set, but a machine may only be let go when its pods are gone.\nSet spotHandler.mode=evict as well, or take it out." -}}
{{- end -}}
{{- /* No host network and no host folder on Autopilot, no DaemonSet on Fargate: each would be admitted nowhere, without a word to whoever installs. */ -}}
{{- if .Values.serverless -}}
{{- $provider := get (dict "autopilot" "gke" "fargate" "eks") .Values.serverless -}}
{{- if not (has .Values.provider (list "" $provider)) -}}
{{- $problems = append $problems (printf "serverless is %s, but provider is %s.\nSet provider=%s, or take serverless out." .Values.serverless .Values.provider $provider) -}}
{{- end -}}
{{- range $component, $_ := omit $on "agent" "platform" "evictor" "cluster-controller" -}}
{{- $key := get (include "castai.componentKeys" $ | fromJson) $component -}}
{{- $why := get (dict "autopilot" "gives no pod the network or a folder of the host" "fargate" "runs no DaemonSet, and interrupts no machine of yours") $.Values.serverless -}}
{{- $problems = append $problems (printf "%s is enabled, and %s %s.\nSet %s.enabled=false; the agent runs there. In a cluster that has other nodes as well, take serverless out." $key (title $.Values.serverless) $why $key) -}}
{{- end -}}
{{- end -}}
{{- if and (get $on "aks-init-data") (not (has .Values.provider (list "" "aks"))) -}}
{{- $problems = append $problems (printf "aksInitData is for AKS, but provider is %s.\nSet aksInitData.enabled=false." .Values.provider) -}}
{{- end -}}
{{- if and (get $on "aks-init-data") (eq .Values.aksInitData.format "sealed") (not .Values.aksInitData.platformKeys) -}}
{{- $problems = append $problems "aksInitData has no key to seal to.\nSet aksInitData.platformKeys to what the console shows." -}}
{{- end -}}
{{- if and (get $on "spot-handler") (eq .Values.provider "anywhere") -}}
{{- $problems = append $problems "spotHandler needs a cloud's metadata service, but provider is anywhere.\nSet spotHandler.enabled=false." -}}
{{- end -}}
{{- if and .Values.monitoring.podMonitor.enabled .Values.monitoring.serviceMonitor.enabled -}}
{{- $problems = append $problems "monitoring.podMonitor and monitoring.serviceMonitor are both enabled: every pod would be scraped twice.\nKeep podMonitor." -}}
{{- end -}}
{{- /* As the reader itself has it: this machine's own addresses leave it nowhere. */ -}}
{{- if and (get $on "aks-init-data") (hasPrefix "http://" .Values.apiUrl) (not (regexMatch "^http://(localhost|127(\\.[0-9]+){3}|\\[::1\\])(:[0-9]+)?(/|$)" .Values.apiUrl)) -}}
{{- $problems = append $problems "aksInitData is enabled, and apiUrl is an http address, over which the reader sends nothing: it would end at its start.\nSet apiUrl to an https address." -}}
{{- end -}}
{{- range $component, $key := include "castai.componentKeys" . | fromJson -}}
{{- $values := get $.Values $key -}}
{{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" -}}
{{- $handlers := list -}}
{{- range $handler := list "exec" "grpc" "httpGet" "tcpSocket" -}}
{{- $given := get $values $probe | default dict -}}
{{- if and (hasKey $given $handler) (not (kindIs "invalid" (get $given $handler))) }}{{ $handlers = append $handlers $handler }}{{ end -}}
{{- end -}}
{{- if and (get $on $component) (get $values $probe) (ne (len $handlers) 1) -}}
{{- $problems = append $problems (printf "%s.%s has %s: Kubernetes takes a probe with one handler.\n%s" $key $probe (join " and " $handlers | default "no handler") (has "httpGet" $handlers | ternary (printf "httpGet is the chart's own: set %s.%s.httpGet=null to take another." $key $probe) (printf "Set %s.%s=null to have none." $key $probe))) -}}
{{- end -}}
{{- end -}}
{{- range $resource, $amount := get ($values.resources | default dict) "requests" | default dict -}}
{{- $limit := get (get ($values.resources | default dict) "limits" | default dict) $resource -}}
{{- $most := include "castai.amount" $limit -}}
{{- $least := include "castai.amount" $amount -}}
{{- if and (get $on $component) $most $least -}}
{{- if gt (float64 $least) (float64 $most) -}}
{{- $problems = append $problems (printf "%s.resources.requests.%s of %s is more than its limit of %s.\nSet both." $key $resource (include "castai.text" $amount) (include "castai.text" $limit)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $rules := "" -}}
{{- range $path, $_ := .Files.Glob "files/rules/*.yaml" -}}{{- $rules = printf "%s\n%s" $rules ($.Files.Get $path) -}}{{- end -}}
{{- range $name, $_ := .Values.monitoring.rules.alerts -}}
{{- if not (regexMatch (printf "(?m)alert: %s$" $name) $rules) -}}
{{- $problems = append $problems (printf "monitoring.rules.alerts.%s: there is no such alert.\nThe alerts are: %s." $name (regexFindAll "alert: [A-Za-z0-9]+" $rules -1 | join ", " | replace "alert: " "")) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := .Values.monitoring.rules.thresholds -}}
{{- if not (regexMatch (printf `# \$%s\b` $name) $rules) -}}
{{- $problems = append $problems (printf "monitoring.rules.thresholds.%s: there is no such threshold.\nThe thresholds are: %s." $name (regexFindAll `# \$[A-Za-z0-9]+` $rules -1 | uniq | join ", " | replace "# $" "")) -}}
{{- end -}}
{{- end -}}
{{- with $problems -}}
{{- $lines := "" -}}
{{- range . -}}{{- $lines = printf "%s\n\n* %s" $lines (. | replace "\n" "\n  ") -}}{{- end -}}
{{- fail (printf "\n\nThese values cannot be used:%s\n\nRead on: UPGRADING.md of this chart, and `helm show values` for every key.\n" $lines) -}}
{{- end -}}
{{- end -}}

{{/* Keys of the existing evictor's chart, at its top or carried over below evictor: what to write instead. */}}
{{- define "castai.evictorOfOthers" -}}
aggressiveMode: "Set evictor.aggressiveMode."
arm64Supported: "Take it out: nodes are looked at whatever their machine."
configMapLabels: "Take it out: commonLabels are on the ConfigMap too."
customConfig: "Set evictor.customConfig."
cycleInterval: "Set evictor.cycleInterval."
drainRollbackTimeout: "Take it out: this evictor drains nothing."
drainTimeout: "Take it out: this evictor drains nothing."
dryRun: "Take it out: this evictor only reports, and has no right to evict."
emitNodeRelatedPodEvents: "Take it out: the report says it."
ignorePodDisruptionBudgets: "Take it out: what a budget forbids is no plan."
karpenterNodeCleanup: "Take it out: this evictor deletes nothing."
leaderElection: "Set evictor.leaderElection to true or false, or agent.leaderElection or clusterController.leaderElection, of whichever it is meant for."
kubernetesClient: "Take it out: the cluster is watched, which needs no rate limit."
liveMigration: "Take it out: this evictor moves nothing."
managedByCASTAI: "Take it out: the chart is yours."
maxNodesToEvictPerCycle: "Take it out: this evictor evicts nothing; its report has all nodes that could go together."
nodeGracePeriodMinutes: "Set evictor.nodeGracePeriodMinutes."
overrideEnvFrom: "Take it out: extraEnvFrom of the component is all there is."
podEvictionFailureBackOff: "Take it out: this evictor evicts nothing."
podMutations: "Take it out: pods are looked at as they are."
pricingModel: "Take it out: nodes are tried smallest first."
scopedMode: "Set evictor.scopedMode."
service: "Take it out: monitoring.serviceMonitor brings the Service that it needs."
softTainting: "Take it out: this evictor taints nothing."
windows: "Take it out: nodes are looked at whatever their system."
woop: "Take it out: pods are looked at with the requests that they have."
{{- end -}}

{{/* Keys that the chart of the existing cluster controller alone has, at its top or carried over below clusterController: what to write instead. */}}
{{- define "castai.controllerOfOthers" -}}
autoscaling: "Set clusterController.actions to the kinds that may be carried out: its roles follow them."
enableTopologySpreadConstraints: "Take it out: several pods are spread where that is possible; clusterController.topologySpreadConstraints replaces that."
k8sApiClient: "Take it out: requests are paced by what the API server answers, which needs no rate limit."
leaderElectionEnabled: "Set clusterController.leaderElection."
leaderElectionLeaseDuration: "Take it out: another one takes over after about 15 s."
leaderElectionRenewDeadline: "Take it out: another one takes over after about 15 s."
maxActionsInProgress: "Set clusterController.maxActionsInProgress."
pdb: "Take it out: the chart makes one where there are several pods, of which one may be away."
pdbMinAvailable: "Take it out: the chart makes a budget where there are several pods, of which one may be away."
replicas: "Set agent.replicas, clusterController.replicas or evictor.replicas, of whichever it is meant for."
workloadAutoscaling: "Set clusterController.objectResources to the resources that may be written, such as *.autoscaling.cast.ai."
{{- end -}}

{{/* The same for keys that other charts have too, which are answered at the top already. */}}
{{- define "castai.controllerBelow" -}}
additionalEnv: "Set clusterController.extraEnv, a list of name and value."
castai: "Set apiUrl, apiKeySecret, clusterId and clusterIdFrom at the top."
commonAnnotations: "Set commonAnnotations at the top."
commonLabels: "Set commonLabels at the top."
containerSecurityContext: "Set clusterController.securityContext; what is of the pod goes to clusterController.podSecurityContext."
createNamespace: "Take it out and use helm install --create-namespace."
envFrom: "Set clusterController.extraEnvFrom."
fullnameOverride: "Set fullnameOverride at the top, to which the component's name is added."
hostNetwork: "Take it out: this program has no use for the host's network."
imagePullSecrets: "Set image.pullSecrets at the top."
monitor: "Take it out: there is no second container."
nameOverride: "Set fullnameOverride at the top."
priorityClass: "Set clusterController.priorityClassName; priorityClassQuota makes the quota that GKE demands."
trustedCACert: "Set trustedCa.pem at the top."
trustedCACertSecretRef: "Set trustedCa.secret.name at the top, and trustedCa.secret.key to TLS_CA_CERT_FILE."
{{- end -}}

{{/* Keys of the charts that people come from, and what to write instead. The schema lets them through to this message. */}}
{{- define "castai.renamed" -}}
apiURL: "Set apiUrl."
grpcURL: "Take it out: everything goes over apiUrl."
apiKeySecretRef: "Set apiKeySecret.name; the key in the Secret stays API_KEY."
trustedCACert: "Set trustedCa.pem."
trustedCACertSecretRef: "Set trustedCa.secret.name, and trustedCa.secret.key to TLS_CA_CERT_FILE."
additionalEnv: "Set agent.extraEnv or spotHandler.extraEnv, lists of name and value; what tells the cluster's identity goes to identity."
additionalSecretEnv: "Set agent.extraEnvFrom, or valueFrom in agent.extraEnv."
envFrom: "Set agent.extraEnvFrom or spotHandler.extraEnvFrom."
createNamespace: "Take it out and use helm install --create-namespace."
namespace: "Take it out: the release's namespace counts."
nameOverride: "Set fullnameOverride."
allowReadIngress: "Set agent.rbac.readIngress."
allowReadRBAC: "Set agent.rbac.readRbac."
rbac: "Set agent.rbac or spotHandler.rbac; namespaces of ConfigMaps go to agent.configMapNamespaces."
serviceAccount: "Set agent.serviceAccount, spotHandler.serviceAccount or aksInitData.serviceAccount, of whichever it is meant for."
priorityClass: "Set agent.priorityClassName, and priorityClassQuota.create (on by default) for the quota that GKE demands."
hostNetwork: "Take it out: the agent has no use for the host's network; of the spot handler it is spotHandler.hostNetwork."
dnsPolicy: "Set agent.dnsPolicy, spotHandler.dnsPolicy or aksInitData.dnsPolicy, of whichever it is meant for."
metadataStore: "Set clusterIdFrom.configMap.name, such as castai-agent-metadata, and agent.rbac.writeClusterId: the agent then writes the id there."
clusterVPA: "Take it out: the agent's memory does not grow with the cluster."
monitor: "Take it out: there is no second container."
resources: "Set agent.resources, spotHandler.resources or aksInitData.resources, of whichever it is meant for."
tolerations: "Set agent.tolerations, spotHandler.tolerations or aksInitData.tolerations, of whichever it is meant for."
affinity: "Set agent.affinity, spotHandler.affinity or aksInitData.affinity, of whichever it is meant for."
nodeSelector: "Set agent.nodeSelector, spotHandler.nodeSelector or aksInitData.nodeSelector, of whichever it is meant for."
podLabels: "Set agent.podLabels, spotHandler.podLabels or aksInitData.podLabels, of whichever it is meant for."
podAnnotations: "Set agent.podAnnotations, spotHandler.podAnnotations or aksInitData.podAnnotations, of whichever it is meant for."
securityContext: "Set agent.podSecurityContext or spotHandler.podSecurityContext."
containerSecurityContext: "Set agent.securityContext or spotHandler.securityContext."
extraVolumes: "Set agent.extraVolumes, spotHandler.extraVolumes or aksInitData.extraVolumes, of whichever it is meant for."
extraVolumeMounts: "Set agent.extraVolumeMounts, spotHandler.extraVolumeMounts or aksInitData.extraVolumeMounts, of whichever it is meant for."
imagePullSecrets: "Set image.pullSecrets."
castai: "Set apiUrl, apiKeySecret, clusterId and provider at the top."
topologySpreadConstraints: "Set agent.topologySpreadConstraints."
tags: "Take it out: set agent.enabled, spotHandler.enabled and aksInitData.enabled."
castai-agent: "Take it out: its values stand under agent, and at the top what all components share."
castai-spot-handler: "Take it out: its values stand under spotHandler, and at the top what all components share."
openshift.scc: "Set openshift.enabled, and openshift.sccPriority."
useHostNetwork: "Set spotHandler.hostNetwork."
updateStrategy: "Set spotHandler.updateStrategy, aksInitData.updateStrategy or agent.updateStrategy, of whichever it is meant for."
interruption: "Take it out: each cloud's notices are found out; spotHandler.eventTypes chooses among them."
priorityClassName: "Set agent.priorityClassName, spotHandler.priorityClassName or aksInitData.priorityClassName."
autoscaler: "What stands below its castai-agent goes to agent, below its castai-spot-handler to spotHandler; its other components this chart does not have."
deploymentAnnotations: "Set agent.workloadAnnotations, spotHandler.workloadAnnotations or aksInitData.workloadAnnotations, of whichever it is meant for."
podDisruptionBudget: "Take it out: the chart makes one where agent.replicas is more than 1."
podMonitor: "Set monitoring.podMonitor."
serviceMonitor: "Set monitoring.serviceMonitor."
autoscaler-anywhere: "Set provider=anywhere and identity.ANYWHERE_CLUSTER_NAME; what stands below its castai-agent goes to agent, and its other components this chart does not have."
autoscaler-openshift: "Set openshift.enabled; what stands below its castai-agent goes to agent, and its other components this chart does not have."
castai-cluster-agent: "Its global goes to apiUrl, apiKeySecret and provider, its castai-agent to agent, its castai-spot-handler to spotHandler; its other components this chart does not have."
castai-cluster-controller: "Set clusterController: what stands below it goes there, and what is called something else here is answered by name."
castai-evictor: "Set evictor: what stands below it goes there, as far as an evictor that only reports has it."
castai-kvisor: "Take it out: it belongs to a component that this chart does not have."
castai-pod-mutator: "Take it out: it belongs to a component that this chart does not have."
castai-pod-pinner: "Take it out: it belongs to a component that this chart does not have."
castai-live: "Take it out: it belongs to a component that this chart does not have."
castai-workload-autoscaler: "Take it out: it belongs to a component that this chart does not have."
castai-workload-autoscaler-exporter: "Take it out: it belongs to a component that this chart does not have."
gpu-metrics-exporter: "Take it out: it belongs to a component that this chart does not have."
kent: "Take it out: it belongs to components that this chart does not have."
clusterIdSecretKeyRef: "Set clusterIdFrom.secret."
clusterIdConfigMapKeyRef: "Set clusterIdFrom.configMap."
phase2Permissions: "Set spotHandler.mode to mark, or to report without them."
image.repository: "Set agent.image.repository."
{{- end -}}
