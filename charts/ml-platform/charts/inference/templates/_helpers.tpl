{{- define "inference.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The release name alone when it contains the chart name, else <release>-<chart>. */}}
{{- define "inference.fullname" -}}
{{- $name := include "inference.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* Immutable in a workload, so nothing that changes from one version to the next. */}}
{{- define "inference.selectorLabels" -}}
app.kubernetes.io/name: {{ include "inference.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without chart and version: an upgrade that changes neither image nor settings restarts no pod. */}}
{{- define "inference.podLabels" -}}
{{ include "inference.selectorLabels" . }}
app.kubernetes.io/component: model-server
app.kubernetes.io/part-of: ml-platform
{{- end }}

{{- define "inference.labels" -}}
{{ include "inference.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "inference.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (empty $image.digest | ternary .Chart.AppVersion "") -}}
{{- .Values.global.imageRegistry | default $image.registry }}/{{ $image.repository -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Fewest pods the workload is meant to run, whoever counts them. */}}
{{- define "inference.minPods" -}}
{{- .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicaCount | int -}}
{{- end }}
