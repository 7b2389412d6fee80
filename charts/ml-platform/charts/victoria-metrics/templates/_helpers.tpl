{{/* Namespaces that are scraped, as a YAML list: the release's own and the listed ones. */}}
{{- define "victoria-metrics.namespaces" -}}
{{- prepend .Values.scrape.namespaces .Release.Namespace | uniq | toYaml -}}
{{- end }}

{{/* What the store may fill with caches: 60 % of the memory limit, in bytes. The rest is for the queries under way. */}}
{{- define "victoria-metrics.cacheBytes" -}}
{{- $units := dict "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $limit := .Values.resources.limits.memory -}}
{{- mulf 0.6 (regexFind "^[0-9.]+" $limit | float64) (get $units (regexFind "[A-Za-z]+$" $limit)) | floor | int64 -}}
{{- end }}

{{/* Address of the store within the release. */}}
{{- define "victoria-metrics.url" -}}
http://{{ include "ml-platform.fullname" . }}:{{ .Values.service.port | int }}
{{- end }}

{{/* Where copies go, as vmbackup and vmrestore write it. */}}
{{- define "victoria-metrics.backupUrl" -}}
{{- .Values.backup.destination | default "fs:///backup/latest" -}}
{{- end }}

{{/* What vmbackup and vmrestore have in common: (dict "chart" . "name" NAME "image" IMAGE "args" LIST "readOnly" BOOL "claims" CLAIM) */}}
{{- define "victoria-metrics.backupPod" -}}
{{- $chart := .chart -}}
{{- $backup := .chart.Values.backup -}}
{{- include "ml-platform.podSettings" $chart }}
restartPolicy: Never
securityContext:
  {{- include "ml-platform.podSecurityContext" 65534 | nindent 2 }}
containers:
  - name: {{ .name }}
    image: {{ include "ml-platform.image" (list $chart .image) | quote }}
    imagePullPolicy: {{ .image.pullPolicy }}
    args:
      {{- range .args }}
      - {{ . | quote }}
      {{- end }}
      {{- with $backup.s3Endpoint }}
      - {{ printf "-customS3Endpoint=%s" . | quote }}
      {{- end }}
    {{- with $backup.existingSecret }}
    envFrom:
      - secretRef:
          name: {{ . | quote }}
    {{- end }}
    resources:
      {{- toYaml $backup.resources | nindent 6 }}
    securityContext:
      {{- include "ml-platform.containerSecurityContext" $chart | nindent 6 }}
    volumeMounts:
      - name: data
        mountPath: /storage
        readOnly: {{ .readOnly }}
      {{- if not $backup.destination }}
      - name: backup
        mountPath: /backup
        readOnly: {{ not .readOnly }}
      {{- end }}
volumes:
  - name: data
    persistentVolumeClaim:
      claimName: {{ printf "data-%s-0" (include "ml-platform.fullname" (omit $chart "Part")) | quote }}
  {{- if not $backup.destination }}
  - name: backup
    persistentVolumeClaim:
      claimName: {{ include "ml-platform.fullname" $chart | quote }}
  {{- end }}
{{- end }}
