{{/*
Names, labels and images, shared by every subchart. Each template takes the context of a subchart. A second workload of a
chart has a context of its own, with the name of the part: merge (dict "Part" "vmalert") .
*/}}

{{/* The label app.kubernetes.io/component: also what the table in traffic.yaml calls a workload. */}}
{{- define "ml-platform.component" -}}
{{- $components := dict
  "inference" "model-server"
  "inference/check" "check"
  "victoria-metrics" "metrics-store"
  "victoria-metrics/vmalert" "alerts"
  "victoria-metrics/backup" "backup"
  "grafana" "dashboards" -}}
{{- $key := list .Chart.Name .Part | compact | join "/" -}}
{{- get $components $key | required (printf "%s has no component in _names.tpl" $key) -}}
{{- end }}

{{- define "ml-platform.name" -}}
{{- list (.Values.nameOverride | default .Chart.Name) .Part | compact | join "-" | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* At most 52 characters, since a StatefulSet and a CronJob add to their name what a label of 63 has to hold. Only the name of
     the release is cut, so that two charts of one release never share a name. */}}
{{- define "ml-platform.join" -}}
{{- $release := index . 0 -}}
{{- $name := index . 1 -}}
{{- if contains $name $release -}}
{{- $release | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" ($release | trunc (max 1 (sub 51 (len $name)) | int) | trimSuffix "-") $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* The release name alone when it contains the chart name, else <release>-<chart>; then the part. */}}
{{- define "ml-platform.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := .Values.fullnameOverride | default (include "ml-platform.join" (list .Release.Name $name)) -}}
{{- $room := empty .Part | ternary 52 (sub 51 (len (.Part | default ""))) | int -}}
{{- list ($full | trunc $room | trimSuffix "-") .Part | compact | join "-" -}}
{{- end }}

{{/* Immutable in a workload, so nothing that changes from one version to the next. */}}
{{- define "ml-platform.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ml-platform.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without chart and version: an upgrade that changes neither image nor settings restarts no pod. */}}
{{- define "ml-platform.podLabels" -}}
{{ include "ml-platform.selectorLabels" . }}
app.kubernetes.io/component: {{ include "ml-platform.component" . }}
app.kubernetes.io/part-of: ml-platform
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ml-platform.labels" -}}
{{ include "ml-platform.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{/* Name, namespace and labels of an object; `metadata:` itself stays with the caller, who may add annotations. A second object
     of one kind has a context with a suffix: merge (dict "Suffix" "metrics") . */}}
{{- define "ml-platform.metadata" -}}
name: {{ list (include "ml-platform.fullname" .) .Suffix | compact | join "-" | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "ml-platform.labels" . | nindent 2 }}
{{- end }}

{{/* Takes a subchart's context and one of its images: include "ml-platform.image" (list . .Values.image) */}}
{{- define "ml-platform.image" -}}
{{- $chart := index . 0 -}}
{{- $image := index . 1 -}}
{{- $tag := $image.tag | default (empty $image.digest | ternary $chart.Chart.AppVersion "") -}}
{{- $chart.Values.global.imageRegistry | default $image.registry }}/{{ $image.repository -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}
