{{- define "store.name" -}}
{{ .Values.name }}.{{ .Values.global.domain }}
{{- end }}
{{- define "store.forgotten" -}}
{{ .Values.unused }}
{{- end }}
