{{/*
The two directions of a NetworkPolicy, from the connections of traffic.yaml. Both templates take
(dict "chart" <context of the subchart> "component" <name> "traffic" <the table>).
*/}}

{{/* Pods of a component, of this release's namespace or (for metrics that another release collects) of the named ones. */}}
{{- define "ml-platform.componentPeers" -}}
{{- $labels := dict "app.kubernetes.io/part-of" "ml-platform" "app.kubernetes.io/component" .component -}}
- podSelector:
    matchLabels:
      {{- toYaml $labels | nindent 6 }}
{{- with .namespaces }}
- namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values:
          {{- toYaml . | nindent 10 }}
  podSelector:
    matchLabels:
      {{- toYaml $labels | nindent 6 }}
{{- end }}
{{- end }}

{{/* Whoever the values name. A Service that is opened outside is for everybody, unless the values say for whom. */}}
{{- define "ml-platform.clientPeers" -}}
{{- $clients := .Values.networkPolicy.clients -}}
{{- $outside := has .Values.service.type (list "NodePort" "LoadBalancer") -}}
{{- if $clients.sameNamespace }}
- podSelector: {}
{{- end }}
{{- with $clients.namespaces }}
- namespaceSelector:
    matchExpressions:
      - key: kubernetes.io/metadata.name
        operator: In
        values:
          {{- toYaml . | nindent 10 }}
{{- end }}
{{- range $clients.cidrs | default ($outside | ternary (list "0.0.0.0/0" "::/0") list) }}
- ipBlock:
    cidr: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Ports of a rule: names of container ports as they are, numbers as TCP ports. */}}
{{- define "ml-platform.networkPorts" -}}
{{- range . }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end }}

{{- define "ml-platform.ingressRules" -}}
{{- $chart := .chart }}
{{- $component := .component }}
{{- range .traffic.connections }}
{{- if eq .to $component }}
{{- $peers := "" }}
{{- if eq .from "clients" }}
{{- $peers = include "ml-platform.clientPeers" $chart | trim }}
{{- else }}
{{- $metrics := eq .from "metrics-store" | ternary $chart.Values.networkPolicy.metricsNamespaces list }}
{{- $peers = include "ml-platform.componentPeers" (dict "component" .from "namespaces" $metrics) | trim }}
{{- end }}
{{- /* A rule without peers would let everybody in. */}}
{{- if $peers }}
{{- $ports := list }}
{{- range .ports }}
{{- $ports = append $ports (eq . "metrics" | ternary (include "ml-platform.metricsPort" $chart) .) }}
{{- end }}
- from:
    {{- $peers | nindent 4 }}
  ports:
    {{- include "ml-platform.networkPorts" $ports | trim | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}
{{- with $chart.Values.networkPolicy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Port of an address: the one it names, else that of its scheme. */}}
{{- define "ml-platform.portOf" -}}
{{- regexFind ":[0-9]+" . | trimPrefix ":" | default (hasPrefix "http://" . | ternary "80" "443") -}}
{{- end }}

{{/* Ports on which a component of the victoria-metrics chart reaches what lies outside, as a YAML list; see traffic.yaml. */}}
{{- define "ml-platform.outsidePorts" -}}
{{- $values := .chart.Values -}}
{{- $ports := list -}}
{{- if eq .to "scrape-targets" -}}
{{- range $values.scrape.targets }}{{ $ports = append $ports (include "ml-platform.portOf" .address | int) }}{{ end -}}
{{- else if eq .to "kubelets" -}}
{{- if $values.scrape.kubelet.enabled }}{{ $ports = list 10250 }}{{ end -}}
{{- else if eq .to "alertmanagers" -}}
{{- range $values.alerts.notifiers }}{{ $ports = append $ports (include "ml-platform.portOf" . | int) }}{{ end -}}
{{- else if $values.backup.destination -}}
{{- $ports = list (include "ml-platform.portOf" $values.backup.s3Endpoint | int) -}}
{{- end -}}
{{- $ports | uniq | toYaml -}}
{{- end }}

{{- define "ml-platform.egressRules" -}}
{{- $chart := .chart }}
{{- $component := .component }}
{{- range .traffic.connections }}
{{- if eq .from $component }}
{{- if eq .to "dns" }}
# The DNS pods, or the cache that a node keeps at an address of its own.
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    - ipBlock:
        cidr: 169.254.20.10/32
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- else if eq .to "kubernetes-api" }}
- ports:
    {{- include "ml-platform.networkPorts" .ports | trim | nindent 4 }}
{{- else if has .to (list "scrape-targets" "kubelets" "alertmanagers" "object-storage") }}
{{- with include "ml-platform.outsidePorts" (dict "chart" $chart "to" .to) | fromYamlArray }}
- ports:
    {{- include "ml-platform.networkPorts" . | trim | nindent 4 }}
{{- end }}
{{- else if eq .to "scraped-pods" }}
- to:
    - podSelector: {}
    {{- with $chart.Values.scrape.namespaces }}
    - namespaceSelector:
        matchExpressions:
          - key: kubernetes.io/metadata.name
            operator: In
            values:
              {{- toYaml . | nindent 14 }}
    {{- end }}
{{- /* Metrics are read from the scraped pods, which are let out to as a whole. */}}
{{- else if ne (first .ports) "metrics" }}
- to:
    {{- include "ml-platform.componentPeers" (dict "component" .to) | nindent 4 }}
  ports:
    {{- include "ml-platform.networkPorts" .ports | trim | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}
{{- with $chart.Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}
