{{/*
Where a URL leads, as JSON with host, port and isAddress. Takes what the programs take: with and without a scheme, with user and
password, addresses of both families; the port of a URL without one is its scheme's.
*/}}
{{- define "castai.endpoint" -}}
{{- $url := contains "://" . | ternary . (printf "http://%s" .) -}}
{{- $authority := regexReplaceAll `^[^:]*://([^/?#]*@)?([^/?#]*).*$` $url "${2}" -}}
{{- $port := regexFind `:[0-9]+$` $authority | trimPrefix ":" -}}
{{- $host := trimSuffix (printf ":%s" $port) $authority | trimSuffix ":" | trimPrefix "[" | trimSuffix "]" -}}
{{- $isAddress := or (contains ":" $host) (regexMatch `^([0-9]{1,3}\.){3}[0-9]{1,3}$` $host) -}}
{{- $default := hasPrefix "https:" (lower $url) | ternary "443" "80" -}}
{{- dict "host" $host "port" ($port | default $default) "isAddress" $isAddress | toJson -}}
{{- end -}}
