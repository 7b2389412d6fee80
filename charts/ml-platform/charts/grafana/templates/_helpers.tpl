{{- define "grafana.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The release name alone when it contains the chart name, else <release>-<chart>. */}}
{{- define "grafana.fullname" -}}
{{- $name := include "grafana.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* Immutable in a workload, so nothing that changes from one version to the next. */}}
{{- define "grafana.selectorLabels" -}}
app.kubernetes.io/name: {{ include "grafana.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without chart and version: an upgrade that changes neither image nor settings restarts no pod. */}}
{{- define "grafana.podLabels" -}}
{{ include "grafana.selectorLabels" . }}
app.kubernetes.io/component: dashboards
app.kubernetes.io/part-of: ml-platform
{{- end }}

{{- define "grafana.labels" -}}
{{ include "grafana.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "grafana.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (empty $image.digest | ternary .Chart.AppVersion "") -}}
{{- .Values.global.imageRegistry | default $image.registry }}/{{ $image.repository -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* The victoria-metrics chart of the same release names its Service by the same rule. */}}
{{- define "grafana.datasourceUrl" -}}
{{- $store := contains "victoria-metrics" .Release.Name | ternary .Release.Name (printf "%s-victoria-metrics" .Release.Name) -}}
{{- .Values.datasource.url | default (printf "http://%s:8428" ($store | trunc 52 | trimSuffix "-")) -}}
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
