{{- define "victoria-metrics.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* The release name alone when it contains the chart name, else <release>-<chart>. At most 52 characters: a StatefulSet
     adds its revision hash, and a label holds 63. */}}
{{- define "victoria-metrics.fullname" -}}
{{- $name := include "victoria-metrics.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* Immutable in a workload, so nothing that changes from one version to the next. */}}
{{- define "victoria-metrics.selectorLabels" -}}
app.kubernetes.io/name: {{ include "victoria-metrics.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without chart and version: an upgrade that changes neither image nor settings restarts no pod. */}}
{{- define "victoria-metrics.podLabels" -}}
{{ include "victoria-metrics.selectorLabels" . }}
app.kubernetes.io/component: metrics-store
app.kubernetes.io/part-of: ml-platform
{{- end }}

{{- define "victoria-metrics.labels" -}}
{{ include "victoria-metrics.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "victoria-metrics.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (empty $image.digest | ternary .Chart.AppVersion "") -}}
{{- .Values.global.imageRegistry | default $image.registry }}/{{ $image.repository -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Namespaces that are scraped, as a YAML list: the release's own and the listed ones. */}}
{{- define "victoria-metrics.namespaces" -}}
{{- prepend .Values.scrape.namespaces .Release.Namespace | uniq | toYaml -}}
{{- end }}
