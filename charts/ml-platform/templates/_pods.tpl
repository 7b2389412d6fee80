{{/* What every pod has, whatever it runs. Each template takes the context of a subchart, as in _names.tpl. */}}

{{/* Pod Security `restricted`: include "ml-platform.podSecurityContext" 1000, the number of the user and of its group. */}}
{{- define "ml-platform.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "ml-platform.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/* The probes of a container that tells on its port `http` whether it is well: (dict "path" PATH "startFailures" COUNT). It has
     two seconds for each of these to start. */}}
{{- define "ml-platform.httpProbes" -}}
startupProbe:
  httpGet:
    path: {{ .path }}
    port: http
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: {{ .startFailures }}
readinessProbe:
  httpGet:
    path: {{ .path }}
    port: http
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 3
livenessProbe:
  httpGet:
    path: {{ .path }}
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* Who the pod is, where it runs and what it outranks: all of a pod spec that has nothing to do with its containers. */}}
{{- define "ml-platform.podSettings" -}}
serviceAccountName: {{ include "ml-platform.fullname" (omit . "Part") | quote }}
automountServiceAccountToken: false
# The environment of a pod is what its manifest says, not what else is in the namespace.
enableServiceLinks: false
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Spreads the pods of a workload over nodes and zones. Soft: on a cluster of one node every pod still finds a place. */}}
{{- define "ml-platform.spread" -}}
affinity:
  {{- with .Values.affinity }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "ml-platform.selectorLabels" . | nindent 14 }}
  {{- end }}
topologySpreadConstraints:
  {{- with .Values.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "ml-platform.selectorLabels" . | nindent 8 }}
  {{- end }}
{{- end }}

{{- define "ml-platform.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "ml-platform.metadata" . | nindent 2 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
