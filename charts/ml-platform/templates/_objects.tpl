{{/*
Objects that every subchart with a Service can have. Each template takes the context of a subchart, whose values have the keys
that these read; a template that is switched off gives nothing.
*/}}

{{/* A Service that leads to the port `http` of the pods; whoever has further ports goes on with them. */}}
{{- define "ml-platform.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "ml-platform.metadata" . | nindent 2 }}
  {{- with .Values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .Values.service.type }}
  {{- with .Values.service.ipFamilyPolicy }}
  ipFamilyPolicy: {{ . }}
  {{- end }}
  {{- with .Values.service.ipFamilies }}
  ipFamilies:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  selector:
    {{- include "ml-platform.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: {{ .Values.service.port | int }}
      targetPort: http
      {{- if ne .Values.service.type "ClusterIP" }}
      nodePort: {{ .Values.service.nodePort | int }}
      {{- end }}
{{- end }}

{{/* A budget for `Pods`, the fewest pods of the workload. With a single pod it would only keep nodes from being drained. */}}
{{- define "ml-platform.podDisruptionBudget" -}}
{{- if and .Values.podDisruptionBudget.enabled (ge (int .Pods) 2) }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "ml-platform.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready serves nobody: it must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "ml-platform.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* Policies without a word about the proxy in front would refuse all that it passes on. */}}
{{- define "ml-platform.checkProxy" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and $policy.enabled (empty $policy.clients.namespaces) (empty $policy.clients.cidrs) (empty $policy.extraIngress) -}}
{{- fail (printf "%s: an Ingress or a route needs networkPolicy.clients.namespaces to name the namespace that its controller runs in, such as kube-system" .Chart.Name) -}}
{{- end -}}
{{- end }}

{{- define "ml-platform.ingress" -}}
{{- with .Values.ingress }}
{{- if .enabled }}
{{- include "ml-platform.checkProxy" $ }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "ml-platform.metadata" $ | nindent 2 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  rules:
    {{- range .hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          - path: {{ $.Values.ingress.path | quote }}
            pathType: Prefix
            backend:
              service:
                name: {{ include "ml-platform.fullname" $ | quote }}
                port:
                  name: http
    {{- end }}
  {{- with .tlsSecretName }}
  tls:
    - secretName: {{ . | quote }}
      hosts:
        {{- toYaml $.Values.ingress.hosts | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "ml-platform.httpRoute" -}}
{{- include "ml-platform.route" (list . .Values.httpRoute "HTTPRoute" .Values.service.port) }}
{{- end }}

{{/* A route of the Gateway API: (list <context> <its values> <its kind> <port of the Service>). */}}
{{- define "ml-platform.route" -}}
{{- $chart := index . 0 }}
{{- $kind := index . 2 }}
{{- $port := index . 3 | int }}
{{- with index . 1 }}
{{- if .enabled }}
{{- include "ml-platform.checkProxy" $chart }}
apiVersion: gateway.networking.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "ml-platform.metadata" $chart | nindent 2 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  parentRefs:
    {{- toYaml .parentRefs | nindent 4 }}
  {{- with .hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    - backendRefs:
        - name: {{ include "ml-platform.fullname" $chart | quote }}
          port: {{ $port }}
      {{- with .path }}
      matches:
        - path:
            type: PathPrefix
            value: {{ . | quote }}
      {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The port that answers /metrics, by name: `metrics` where the configuration gives it one of its own, else `http`. */}}
{{- define "ml-platform.metricsPort" -}}
{{- (((.Values.config).metrics).port) | empty | ternary "http" "metrics" -}}
{{- end }}

{{/* ServiceMonitor, PodMonitor and VMServiceScrape: for clusters whose metrics an operator collects. */}}
{{- define "ml-platform.monitors" -}}
{{- $endpoint := dict "port" (include "ml-platform.metricsPort" .) "path" "/metrics" "interval" .Values.metrics.interval }}
{{- $selector := dict "matchLabels" (include "ml-platform.selectorLabels" . | fromYaml) }}
{{- $kinds := list
  (list "serviceMonitor" "monitoring.coreos.com/v1" "ServiceMonitor" "endpoints")
  (list "podMonitor" "monitoring.coreos.com/v1" "PodMonitor" "podMetricsEndpoints")
  (list "vmServiceScrape" "operator.victoriametrics.com/v1beta1" "VMServiceScrape" "endpoints") }}
{{- range $kinds }}
{{- if get $.Values.metrics (index . 0) }}
---
apiVersion: {{ index . 1 }}
kind: {{ index . 2 }}
metadata:
  {{- include "ml-platform.metadata" $ | nindent 2 }}
    {{- with $.Values.metrics.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    {{- toYaml $selector | nindent 4 }}
  {{ index . 3 }}:
    - {{- toYaml $endpoint | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whatever else the release needs, as it stands in the values: never run as a template. */}}
{{- define "ml-platform.extraObjects" -}}
{{- range .Values.extraObjects }}
---
{{ toYaml . }}
{{- end }}
{{- end }}
