{{/* The victoria-metrics chart of the same release names its Service by the same rule. */}}
{{- define "grafana.datasourceUrl" -}}
{{- $store := include "ml-platform.join" (list .Release.Name "victoria-metrics") -}}
{{- .Values.datasource.url | default (printf "http://%s:8428" $store) -}}
{{- end }}

{{/* Provisioning files, read once at start. */}}
{{- define "grafana.provisioning" -}}
datasources.yaml: |
  apiVersion: 1
  prune: true
  datasources:
    - name: VictoriaMetrics
      uid: victoriametrics
      type: prometheus
      access: proxy
      url: {{ include "grafana.datasourceUrl" . | quote }}
      isDefault: true
      editable: false
      jsonData:
        httpMethod: POST
        prometheusType: Prometheus
dashboards.yaml: |
  apiVersion: 1
  providers:
    - name: ml-platform
      folder: ML platform
      type: file
      disableDeletion: true
      allowUiUpdates: false
      options:
        path: /etc/grafana/dashboards
{{- end }}
