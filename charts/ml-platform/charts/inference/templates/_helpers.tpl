{{/* Fewest pods the workload is meant to run, whoever counts them. */}}
{{- define "inference.minPods" -}}
{{- .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicaCount | int -}}
{{- end }}

{{/* The port of gRPC in the container; 0: none. */}}
{{- define "inference.grpcPort" -}}
{{- .Values.config.grpc.port | int -}}
{{- end }}

{{/* The port of the metrics in the container. */}}
{{- define "inference.metricsPort" -}}
{{- .Values.config.metrics.port | default .Values.config.port | int -}}
{{- end }}

{{/* The service's own configuration as JSON: what the values say, and where the chart has mounted models and keys. */}}
{{- define "inference.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if ne .Values.modelVolume.type "none" -}}
{{- $_ := set $config.models "folders" (append $config.models.folders "/models/extra") -}}
{{- end -}}
{{- if .Values.auth.existingSecret -}}
{{- $_ := set $config.auth "keysFile" "/etc/inference-keys/keys.json" -}}
{{- end -}}
{{- toPrettyJson $config -}}
{{- end }}
