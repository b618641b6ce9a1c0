{{/* Name of the chart in object names. */}}
{{- define "im.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Full name: the release's when it holds the chart's. */}}
{{- define "im.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "im.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "im.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that choose the pods of a component: (list $ "api"). */}}
{{- define "im.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "im.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* All labels of a component: (list $ "api"). */}}
{{- define "im.labels" -}}
{{- $root := index . 0 -}}
{{ include "im.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_") }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of the pods of a component: nothing in them changes with a version, so that an upgrade restarts only what it must. */}}
{{- define "im.podLabels" -}}
{{ include "im.selector" . }}
{{- with (index . 0).Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "im.image" -}}
{{ .Values.im.image }}:{{ default .Chart.AppVersion .Values.im.version }}
{{- end -}}

{{- define "im.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "im.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{/* What all pods have: (list $ component values). */}}
{{- define "im.pod" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index . 2 -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- else }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "im.selector" (list $root $component) | nindent 8 }}
{{- end }}
{{- end -}}

{{/* A secret of this release: what the Secret holds already, else what the values say, else new: (list $ key given length). */}}
{{- define "im.kept" -}}
{{- $root := index . 0 -}}
{{- $key := index . 1 -}}
{{- $given := index . 2 -}}
{{- /* Kept in the values of this rendering, so that all templates see the same new one. */ -}}
{{- $made := get $root.Values "madeSecrets" | default dict -}}
{{- if $given -}}
{{- $given -}}
{{- else if hasKey $made $key -}}
{{- get $made $key -}}
{{- else -}}
{{- $present := (lookup "v1" "Secret" $root.Release.Namespace (include "im.fullname" $root)).data | default dict -}}
{{- $value := hasKey $present $key | ternary (get $present $key | b64dec) (randAlphaNum (index . 3 | int)) -}}
{{- $_ := set $made $key $value -}}
{{- $_ := set $root.Values "madeSecrets" $made -}}
{{- $value -}}
{{- end -}}
{{- end -}}

{{- define "im.mysqlPassword" -}}
{{ include "im.kept" (list . "mysql-password" .Values.mysql.mysqlPassword 32) }}
{{- end -}}

{{- define "im.redisPassword" -}}
{{ include "im.kept" (list . "redis-password" .Values.redis.password 32) }}
{{- end -}}

{{/* URL of the database, where it is not in a Secret of the operator. */}}
{{- define "im.dataDb" -}}
{{- if .Values.mysql.enabled -}}
{{- $password := include "im.mysqlPassword" . | urlquery | replace "+" "%20" -}}
mysql://{{ .Values.mysql.mysqlUser | urlquery }}:{{ $password }}@{{ include "im.fullname" . }}-mysql:3306/{{ .Values.mysql.mysqlDatabase }}
{{- else -}}
{{ .Values.externalDatabase.url }}
{{- end -}}
{{- end -}}

{{- define "im.redisUrl" -}}
{{- if .Values.redis.enabled -}}
redis://:{{ include "im.redisPassword" . | urlquery | replace "+" "%20" }}@{{ include "im.fullname" . }}-redis:6379
{{- else -}}
{{ .Values.externalRedis.url }}
{{- end -}}
{{- end -}}

{{- define "im.dataDbIsExternalSecret" -}}
{{- if and (not .Values.mysql.enabled) .Values.externalDatabase.existingSecret -}}yes{{- end -}}
{{- end -}}

{{- define "im.redisIsExternalSecret" -}}
{{- if and (not .Values.redis.enabled) .Values.externalRedis.existingSecret -}}yes{{- end -}}
{{- end -}}

{{/*
The volume with the secrets of a process as files, from the Secrets of the operator and one of this release:
(list $ "name of the latter" (list "data-db" "redis-url" "encryption-key" "admin-user")).
*/}}
{{- define "im.secretsVolume" -}}
{{- $root := index . 0 -}}
{{- $wanted := index . 2 -}}
{{- $theirs := dict -}}
{{- if include "im.dataDbIsExternalSecret" $root }}{{ $_ := set $theirs "data-db" $root.Values.externalDatabase }}{{ end -}}
{{- if include "im.redisIsExternalSecret" $root }}{{ $_ := set $theirs "redis-url" $root.Values.externalRedis }}{{ end -}}
{{- if $root.Values.encryptionKey.existingSecret }}{{ $_ := set $theirs "encryption-key" $root.Values.encryptionKey }}{{ end -}}
{{- if $root.Values.im.adminUser.existingSecret }}{{ $_ := set $theirs "admin-user" $root.Values.im.adminUser }}{{ end -}}
{{- $own := list -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- range $file := $wanted }}
    {{- if hasKey $theirs $file }}
    {{- $secret := get $theirs $file }}
    - secret:
        name: {{ $secret.existingSecret }}
        items: [{key: {{ $secret.existingSecretKey }}, path: {{ $file }}}]
    {{- else if ne $file "admin-user" }}{{ $own = append $own $file }}{{ end }}
    {{- end }}
    {{- if $own }}
    - secret:
        name: {{ index . 1 }}
        items:
          {{- range $own }}
          - {key: {{ . }}, path: {{ . }}}
          {{- end }}
    {{- end }}
{{- end -}}

{{/* Environment of API and workers, without what is of one of them. */}}
{{- define "im.environment" -}}
- {name: IM_DATA_DB_FILE, value: /run/secrets/im/data-db}
- {name: IM_REDIS_URL_FILE, value: /run/secrets/im/redis-url}
- {name: IM_ENCRYPTION_KEY_FILE, value: /run/secrets/im/encryption-key}
{{- if .Values.im.adminUser.existingSecret }}
- {name: IM_ADMIN_USER_FILE, value: /run/secrets/im/admin-user}
{{- end }}
{{- with .Values.im.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Folders of API and workers: the root file system is read-only. */}}
{{- define "im.volumeMounts" -}}
- {name: config, mountPath: /etc/im, readOnly: true}
- {name: secrets, mountPath: /run/secrets/im, readOnly: true}
- {name: data, mountPath: /var/lib/im}
- {name: tmp, mountPath: /tmp}
{{- with .Values.im.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "im.volumes" -}}
- name: config
  configMap: {name: {{ include "im.fullname" . }}}
- {{ include "im.secretsVolume" (list . (include "im.fullname" .) (list "data-db" "redis-url" "encryption-key" "admin-user")) | nindent 2 | trim }}
- {name: data, emptyDir: {}}
- {name: tmp, emptyDir: {}}
{{- with .Values.im.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Containers that wait for the servers of this release, so that the first start is not a row of failures. */}}
{{- define "im.awaitServers" -}}
{{- $servers := list -}}
{{- if .Values.mysql.enabled }}{{ $servers = append $servers (printf "%s-mysql:3306" (include "im.fullname" .)) }}{{ end -}}
{{- if .Values.redis.enabled }}{{ $servers = append $servers (printf "%s-redis:6379" (include "im.fullname" .)) }}{{ end -}}
{{- if $servers -}}
- name: await-servers
  image: {{ include "im.image" . }}
  imagePullPolicy: {{ .Values.im.pullPolicy }}
  command: [node, --input-type=module, -e, {{ .Files.Get "files/await-servers.mjs" | quote }}]
  env:
    - {name: SERVERS, value: {{ join "," $servers | quote }}}
  securityContext: {{ toYaml .Values.containerSecurityContext | nindent 4 }}
  resources:
    requests: {memory: 64Mi, cpu: 10m}
{{- end -}}
{{- end -}}

{{/* Changes when the configuration or a secret of this release does, so that pods start anew. */}}
{{- define "im.checksum" -}}
{{ printf "%s%s%s%s" (include "im.cfg" .) (include "im.dataDb" .) (include "im.redisUrl" .) .Values.encryptionKey.value | sha256sum }}
{{- end -}}

{{/* im.cfg: what the chart says, unless a line of im.config says otherwise, and im.config. */}}
{{- define "im.cfg" -}}
{{- $own := dict "LOG_FILE" "" "LOG_FORMAT" "json" "LOG_LEVEL" .Values.im.log.level "INF_CACHE_TIME" (.Values.im.cacheTime | int | toString) -}}
{{- with .Values.im.trustedProxies }}{{ $_ := set $own "TRUSTED_PROXIES" (join ", " .) }}{{ end -}}
{{- $prefix := include "im.fullname" . -}}
{{- if not .Values.redis.enabled }}{{ $prefix = default $prefix .Values.externalRedis.prefix }}{{ end -}}
{{- $_ := set $own "REDIS_PREFIX" $prefix -}}
{{- if .Values.vault.enabled -}}
{{- $_ := set $own "VAULT_URL" (default (printf "http://%s-vault:8200" (include "im.fullname" .)) .Values.vault.url) -}}
{{- $_ := set $own "VAULT_MOUNT_POINT" .Values.vault.mountPoint -}}
{{- with .Values.vault.path }}{{ $_ := set $own "VAULT_PATH" . }}{{ end -}}
{{- with .Values.vault.role }}{{ $_ := set $own "VAULT_ROLE" . }}{{ end -}}
{{- end -}}
[im]
{{- range $name, $value := $own }}
{{- $given := false }}
{{- range $.Values.im.config }}
{{- if regexMatch (printf "(?i)^\\s*%s\\s*[=:]" $name) . }}{{ $given = true }}{{ end }}
{{- end }}
{{- if not $given }}
{{ $name }} = {{ $value }}
{{- end }}
{{- end }}
{{- range .Values.im.config }}
{{ . }}
{{- end }}
{{ end -}}

{{/* Refuses what cannot work, with a sentence. */}}
{{- define "im.validate" -}}
{{- if .Values.mongodb.enabled }}{{ fail "mongodb.enabled: there is no MongoDB store; use mysql or externalDatabase." }}{{ end -}}
{{- if .Values.imdashboard.deploy }}{{ fail "imdashboard.deploy: the dashboard is not part of this chart; install it on its own." }}{{ end -}}
{{- if and (not .Values.mysql.enabled) (not .Values.externalDatabase.url) (not .Values.externalDatabase.existingSecret) }}
{{- fail "mysql.enabled is false: externalDatabase.url or externalDatabase.existingSecret must say where the database is." }}{{ end -}}
{{- if and (not .Values.redis.enabled) (not .Values.externalRedis.url) (not .Values.externalRedis.existingSecret) }}
{{- fail "redis.enabled is false: externalRedis.url or externalRedis.existingSecret must say where Redis is." }}{{ end -}}
{{- if and .Values.encryptionKey.value (lt (len .Values.encryptionKey.value) 32) }}
{{- fail "encryptionKey.value must have at least 32 characters." }}{{ end -}}
{{- end -}}

{{/* Beginning of the NetworkPolicy of a component: (list $ "api"). */}}
{{- define "im.policy" -}}
{{- $root := index . 0 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "im.fullname" $root }}-{{ index . 1 }}
  labels: {{ include "im.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{ include "im.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end }}

{{/* Pods of a component, in a rule. */}}
{{- define "im.fromPod" -}}
- podSelector:
    matchLabels: {{ include "im.selector" . | nindent 6 }}
{{- end }}

{{- define "im.toDns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{/* Rules that lead to database, Redis and Vault. */}}
{{- define "im.toServers" -}}
{{- if .Values.mysql.enabled }}
- to: {{ include "im.fromPod" (list . "mysql") | nindent 4 }}
  ports: [{port: 3306}]
{{- else }}
- ports: [{port: {{ .Values.externalDatabase.port }}}]
{{- end }}
{{- if .Values.redis.enabled }}
- to: {{ include "im.fromPod" (list . "redis") | nindent 4 }}
  ports: [{port: 6379}]
{{- else }}
- ports:
    {{- range .Values.externalRedis.ports }}
    - {port: {{ . }}}
    {{- end }}
{{- end }}
{{- if and .Values.vault.enabled (not .Values.vault.url) }}
- to: {{ include "im.fromPod" (list . "vault") | nindent 4 }}
  ports: [{port: 8200}]
{{- end }}
{{- end }}
