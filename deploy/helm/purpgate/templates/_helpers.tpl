{{- define "purpgate.labels" -}}
app.kubernetes.io/name: purpgate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "purpgate.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Pod security that every role has: no root, nothing to write on but the volumes. */}}
{{- define "purpgate.podSecurity" -}}
automountServiceAccountToken: false
# A drain takes up to 4.5 s, after the wait of preStop.
terminationGracePeriodSeconds: 20
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "purpgate.containerSecurity" -}}
image: {{ include "purpgate.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
{{- end }}

{{/* Takes a dict of root and settings. */}}
{{- define "purpgate.environment" -}}
{{- range $name, $value := mergeOverwrite (deepCopy .root.Values.settings) .settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $secret := .root.Values.secrets }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ $secret.name }}, key: {{ $secret.key }} } }
{{- end }}
{{- end }}

{{- define "purpgate.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources: { requests: { storage: {{ .size }} } }
{{- end }}
