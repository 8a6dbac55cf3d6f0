import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A chart with what charts have: a definition and its object, hooks that are Jobs, a test, `lookup` and capabilities. */
const files: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 0.1.0\nappVersion: "1.0"\n',
  'values.yaml': 'image: website:v1.0\nreplicas: 2\nmigration: 0\ncheck: 0\n',
  'crds/widgets.yaml': `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`,
  'templates/workload.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      serviceAccountName: {{ .Release.Name }}
      containers: [{name: web, image: {{ .Values.image }}, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: {{ .Release.Name }}}
spec: {size: {{ .Values.replicas }}}
`,
  'templates/access.yaml': `
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ .Release.Name }}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: {{ .Release.Name }}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: {{ .Release.Name }}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .Release.Name }}}
subjects: [{kind: ServiceAccount, name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}]
`,
  'templates/facts.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-facts}
data:
  server: {{ .Capabilities.KubeVersion.Version | quote }}
  deployments: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  nonsense: {{ .Capabilities.APIVersions.Has "apps/v1/Nonsense" | quote }}
  found: {{ (lookup "v1" "Namespace" "" "kube-system").metadata.name | quote }}
  missing: {{ empty (lookup "v1" "ConfigMap" .Release.Namespace "none") | quote }}
`,
  'templates/migrate.yaml': `
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {shoal.dev/simulate: '{"exitAfter": "50ms", "exitCode": {{ .Values.migration }}}'}}
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: "migrate:v1"}]
`,
  'templates/tests/check.yaml': `
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-check
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation
    shoal.dev/simulate: '{"exitAfter": "50ms", "exitCode": {{ .Values.check }}}'
spec:
  restartPolicy: Never
  containers: [{name: check, image: "check:v1"}]
`,
};

/** Writes the chart into a directory of its own. */
export function makeChart(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'shoal-chart-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, dirname(name)), { recursive: true });
    writeFileSync(join(path, name), text.trimStart());
  }
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
