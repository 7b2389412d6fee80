{{/* Where further models come from, as the source of a pod volume; nothing when there are none. */}}
{{- define "inference.modelVolume" -}}
{{- with .Values.modelVolume }}
{{- if eq .type "persistentVolumeClaim" }}
persistentVolumeClaim:
  claimName: {{ .claimName | quote }}
  readOnly: true
{{- else if eq .type "image" }}
image:
  reference: {{ include "ml-platform.image" (list $ .image) | quote }}
  pullPolicy: {{ .image.pullPolicy }}
{{- else if eq .type "initContainer" }}
emptyDir:
  sizeLimit: {{ .sizeLimit }}
{{- end }}
{{- end }}
{{- end }}
