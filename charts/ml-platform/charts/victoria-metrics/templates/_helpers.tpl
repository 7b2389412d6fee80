{{/* Namespaces that are scraped, as a YAML list: the release's own and the listed ones. */}}
{{- define "victoria-metrics.namespaces" -}}
{{- prepend .Values.scrape.namespaces .Release.Namespace | uniq | toYaml -}}
{{- end }}
