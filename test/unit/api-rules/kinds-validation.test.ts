import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { createErrors, deployment, job, kinds, podSpec, service, template, updateErrors } from './objects.ts';

const eventTime = '2026-01-01T00:00:00.000000Z';
const reported = {
  regarding: { namespace: 'default' },
  action: 'A',
  reason: 'R',
  reportingController: 'a.b/c',
  reportingInstance: 'i',
};

/** A row of any kind; the objects are as clients send them, so only loosely typed. */
interface Row {
  name: string;
  kind: Kind;
  object: object;
  errors: string[];
}
const rowOf =
  (kind: unknown) =>
  (name: string, object: object, ...errors: string[]): Row => ({ name, kind: kind as Kind, object, errors });
const meta = (parts: object = {}): { metadata: object } => ({ metadata: { name: 'x', ...parts } });

const configMap = rowOf(kinds.ConfigMap);
const metadata: Row[] = [
  configMap('fine', meta({ labels: { 'a.b/c': 'd' }, annotations: { 'A.b/c': '{}' }, finalizers: ['a.b/c'] })),
  configMap('no name', { metadata: {} }, 'metadata.name: Required value: name or generateName is required'),
  configMap(
    'upper case',
    { metadata: { name: 'Web' } },
    `metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ),
  configMap(
    'too long',
    { metadata: { name: 'a'.repeat(254) } },
    `metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`,
  ),
  configMap(
    'a finalizer without domain',
    meta({ finalizers: ['mine'] }),
    'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ),
  configMap(
    'owners without a version',
    meta({ ownerReferences: ['', 'a/b/c'].map((apiVersion) => ({ apiVersion, kind: 'Pod', name: 'a', uid: 'a' })) }),
    'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
  ),
  configMap(
    'an owner that may be none',
    meta({ ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a' }] }),
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":""}: /v1, Kind=Event is disallowed from being an owner',
  ),
  configMap(
    'a label key with two slashes',
    meta({ labels: { 'a/b/c': '' } }),
    `metadata.labels: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ),
  configMap(
    'a label value with spaces',
    meta({ labels: { a: 'b c' } }),
    `metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  ),
  configMap(
    'huge annotations',
    meta({ annotations: { a: 'x'.repeat(262_144) } }),
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ),
  configMap(
    'two controllers',
    meta({
      ownerReferences: ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', name, uid: name, controller: true })),
    }),
    'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"a","uid":"a","controller":true},{"apiVersion":"v1","kind":"Pod","name":"b","uid":"b","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b',
  ),
  configMap(
    'a nameless owner',
    meta({ ownerReferences: [{ apiVersion: 'a/b/c', kind: 'Pod', name: '', uid: 'u' }] }),
    'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    'metadata.ownerReferences.name: Invalid value: "": must not be empty',
  ),
  rowOf(kinds.PodDisruptionBudget)('any name of a budget', { metadata: { name: 'A_b' }, spec: { minAvailable: 1 } }),
  rowOf(kinds.ClusterRole)('any name of a role', { metadata: { name: 'system:node' }, rules: [] }),
  rowOf(kinds.ClusterRole)(
    'a path as a name',
    { metadata: { name: 'a/b' }, rules: [] },
    `metadata.name: Invalid value: "a/b": may not contain '/'`,
  ),
];

const deploy = rowOf(kinds.Deployment);
const stateful = rowOf(kinds.StatefulSet);
const workload: Row[] = [
  deploy('fine', deployment()),
  deploy(
    'no selector',
    { ...meta(), spec: { template: template() } },
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ),
  deploy(
    'a selector that cannot be read',
    deployment({ selector: { matchExpressions: [{ key: 'a', operator: 'Zork' }] } }),
    'spec.selector.matchExpressions[0].operator: Invalid value: "Zork": not a valid selector operator',
    'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Zork"}]}: invalid label selector',
  ),
  rowOf(kinds.ReplicationController)('no template', { ...meta(), spec: { selector: { a: 'b' } } }, 'spec.template: Required value'),
  deploy('an empty selector', deployment({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'),
  deploy(
    'labels that do not match',
    deployment({ selector: { matchLabels: { app: 'other' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ),
  deploy('negative replicas', deployment({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'),
  deploy(
    'pods that end',
    deployment({ template: template({ restartPolicy: 'Never' }) }),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ),
  deploy(
    'no room to roll',
    deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ),
  deploy(
    'a rolling Recreate',
    deployment({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ),
  deploy(
    'a template with problems',
    deployment({ template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } }),
    'spec.template.spec.containers: Required value',
  ),
  rowOf(kinds.DaemonSet)('fine', { ...meta(), spec: { selector: { matchLabels: { app: 'web' } }, template: template() } }),
  stateful('fine', { ...meta(), spec: { serviceName: 'web', selector: { matchLabels: { app: 'web' } }, template: template() } }),
  stateful(
    'a claim without a size',
    {
      ...meta(),
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: template(),
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
      },
    },
    'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
  ),
  rowOf(kinds.Job)('fine', job()),
  rowOf(kinds.Job)(
    'pods restarted always',
    job({ template: { spec: podSpec() } }),
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ),
  rowOf(kinds.Job)(
    'a selector of its own',
    job({ selector: { matchLabels: { a: 'b' } } }),
    'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"uid-1","a":"b"}}: `selector` not auto-generated',
    'spec.template.metadata.labels: Invalid value: {"job-name":"pi","batch.kubernetes.io/job-name":"pi","controller-uid":"uid-1","batch.kubernetes.io/controller-uid":"uid-1"}: `selector` does not match template `labels`',
  ),
  rowOf(kinds.Job)(
    'Indexed without completions',
    job({ completionMode: 'Indexed', parallelism: 2 }),
    'spec.completions: Required value: when completion mode is Indexed',
  ),
];

const cron = (schedule: string, parts: object = {}): object => ({
  ...meta(),
  spec: { schedule, jobTemplate: { spec: job().spec }, ...parts },
});
const cronJob = rowOf(kinds.CronJob);
const crons: Row[] = [
  ...['*/5 * * * *', '0 0 1 jan *', '@hourly', '@every 1h30m', '0 9 * * MON-FRI'].map((schedule) => cronJob(schedule, cron(schedule))),
  cronJob('no schedule', cron(''), 'spec.schedule: Required value'),
  cronJob(
    'six fields',
    cron('0 * * * * *'),
    'spec.schedule: Invalid value: "0 * * * * *": expected exactly 5 fields, found 6: [0 * * * * *]',
  ),
  cronJob(
    'a time zone in the schedule',
    cron('TZ=UTC 0 * * * *'),
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ),
  cronJob(
    'an unknown time zone',
    cron('@daily', { timeZone: 'Mars/Olympus' }),
    'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
  ),
  cronJob('a known one', cron('@daily', { timeZone: 'Europe/Vienna' })),
  cronJob(
    'an unknown policy',
    cron('@daily', { concurrencyPolicy: 'Maybe' }),
    'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"',
  ),
];

const svc = rowOf(kinds.Service);
const services: Row[] = [
  svc('fine', service()),
  svc('headless', service({ clusterIP: 'None', ports: [] })),
  svc('an external name', service({ type: 'ExternalName', externalName: 'example.com', ports: [] })),
  svc('no ports', service({ ports: [] }), 'spec.ports: Required value'),
  svc(
    'a name that DNS-1035 refuses',
    { ...service(), metadata: { name: '1web' } },
    `metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
  ),
  svc(
    'two ports without names',
    service({ ports: [{ port: 1 }, { port: 2 }] }),
    'spec.ports[0].name: Required value',
    'spec.ports[1].name: Required value',
  ),
  svc(
    'the same port twice',
    service({
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 1 },
      ],
    }),
    'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":1}',
  ),
  svc(
    'an unknown type',
    service({ type: 'Magic' }),
    'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ),
  svc(
    'a node port on ClusterIP',
    service({ ports: [{ port: 1, nodePort: 30000 }] }),
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ),
  svc(
    'no address at all',
    service({ clusterIP: 'nonsense' }),
    'spec.clusterIPs[0]: Invalid value: "nonsense": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ),
  svc(
    'a loopback address from outside',
    service({ externalIPs: ['127.0.0.1'] }),
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ),
];

const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
const others: Row[] = [
  configMap(
    'a key with a slash',
    { ...meta(), data: { 'a/b': '' } },
    `data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
  ),
  configMap('too much data', { ...meta(), data: { a: 'x'.repeat(1_048_577) } }, '[]: Too long: may not be more than 1048576 bytes'),
  rowOf(kinds.Secret)(
    'a TLS secret without its parts',
    { ...meta(), type: 'kubernetes.io/tls' },
    'data[tls.crt]: Required value',
    'data[tls.key]: Required value',
  ),
  rowOf(kinds.Namespace)('a dotted namespace', { metadata: { name: 'a.b' } }, 'metadata.name: Invalid value: "a.b": must not contain dots'),
  rowOf(kinds.Node)(
    'a taint twice',
    {
      ...meta(),
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule', value: 'b' },
        ],
      },
    },
    'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"b"}: taints must be unique by key and effect pair',
  ),
  rowOf(kinds.RoleBinding)(
    'an unknown role kind',
    { ...meta(), roleRef: { kind: 'Boss', name: 'x' }, subjects: [{ kind: 'User', name: 'u' }] },
    'roleRef.kind: Unsupported value: "Boss": supported values: "Role", "ClusterRole"',
  ),
  rowOf(kinds.ClusterRoleBinding)(
    'an account without namespace',
    { ...meta(), roleRef: { kind: 'ClusterRole', name: 'x' }, subjects: [{ kind: 'ServiceAccount', name: 'u' }] },
    'subjects[0].namespace: Required value',
  ),
  rowOf(kinds.Role)(
    'a rule without verbs',
    { ...meta(), rules: [{ apiGroups: [''], resources: ['pods'] }] },
    'rules[0].verbs: Required value: verbs must contain at least one value',
  ),
  rowOf(kinds.PersistentVolumeClaim)(
    'an empty claim',
    { ...meta(), spec: {} },
    'spec.accessModes: Required value: at least 1 access mode is required',
    'spec.resources[storage]: Required value',
  ),
  rowOf(kinds.PersistentVolume)(
    'a volume of nothing',
    { ...meta(), spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } } },
    'spec: Required value: must specify a volume type',
  ),
  rowOf(kinds.StorageClass)('a class without provisioner', meta(), 'provisioner: Required value'),
  rowOf(kinds.Ingress)(
    'neither rules nor backend',
    { ...meta(), spec: {} },
    'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
  ),
  rowOf(kinds.Ingress)(
    'a relative path',
    {
      ...meta(),
      spec: {
        rules: [{ http: { paths: [{ path: 'a', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
      },
    },
    'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
  ),
  rowOf(kinds.NetworkPolicy)(
    'an exception outside',
    { ...meta(), spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/24'] } }] }] } },
    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/24": must be a strict subset of `cidr`',
  ),
  rowOf(kinds.HorizontalPodAutoscaler)(
    'fewer at most than at least',
    { ...meta(), spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } } },
    'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
  ),
  rowOf(kinds.PodDisruptionBudget)(
    'both bounds',
    { ...meta(), spec: { minAvailable: 1, maxUnavailable: '10%' } },
    'spec: Invalid value: {"minAvailable":1,"maxUnavailable":"10%"}: minAvailable and maxUnavailable cannot be both set',
  ),
  rowOf(kinds.PriorityClass)(
    'beyond the highest',
    { ...meta(), value: 2_000_000_000 },
    'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  ),
  rowOf(kinds.PriorityClass)(
    'a system class of its own',
    { metadata: { name: 'system-mine' }, value: 1 },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
  ),
  rowOf(kinds.PriorityClass)('a system class', { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 }),
  rowOf(kinds.Lease)(
    'a lease of no time',
    { ...meta(), spec: { leaseDurationSeconds: 0 } },
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
  ),
  rowOf(kinds.ResourceQuota)(
    'an unknown resource',
    { ...meta(), spec: { hard: { gpus: '1' } } },
    'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified',
    'spec.hard[gpus]: Invalid value: "gpus": must be a standard resource for quota',
  ),
  rowOf(kinds.ResourceQuota)(
    'a scope for what has none',
    { ...meta(), spec: { hard: { pods: '1', cpu: '1', configmaps: '1' }, scopes: ['BestEffort', 'NotBestEffort'] } },
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
  ),
  rowOf(kinds.ResourceQuota)(
    'a selector of a scope that is or is not',
    {
      ...meta(),
      spec: {
        hard: { services: '1' },
        scopeSelector: { matchExpressions: [{ scopeName: 'Terminating', operator: 'In', values: ['a'] }] },
      },
    },
    'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"Terminating","Operator":"In","Values":["a"]}]}: unsupported scope applied to resource',
    'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exist\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
  ),
  rowOf(kinds.ResourceQuota)('object counts', {
    ...meta(),
    spec: { hard: { pods: '5', 'count/deployments.apps': '2', 'requests.cpu': '1' } },
  }),
  rowOf(kinds.LimitRange)(
    'a minimum above the maximum',
    { ...meta(), spec: { limits: [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }] } },
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  ),
  rowOf(kinds.EndpointSlice)(
    'a name for an address',
    { ...meta(), addressType: 'IPv4', endpoints: [{ addresses: ['web'] }], ports: [] },
    'endpoints[0].addresses[0]: Invalid value: "web": must be an IPv4 address',
  ),
  rowOf(kinds.Event)(
    'an event elsewhere',
    { ...meta(), involvedObject: { namespace: 'other' } },
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ),
  rowOf(kinds.Event)('an event of an object without a namespace', { ...meta(), involvedObject: {} }),
  rowOf(kinds.Event)(
    'an event with a time and a wrong reporter, of another namespace',
    { ...meta(), eventTime, involvedObject: { namespace: 'other' }, reportingComponent: 'a b', reason: 'r', message: 'm'.repeat(1025) },
    "reportingComponent: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    'reportingInstance: Required value',
    'action: Required value',
    'message: Invalid value: "": can have at most 1024 characters',
  ),
  rowOf(kinds.EventsEvent)('a new event', { ...meta(), ...reported, eventTime, type: 'Normal' }),
  rowOf(kinds.EventsEvent)(
    'a new event with what old clients set',
    {
      ...meta(),
      ...reported,
      series: { count: 1, lastObservedTime: eventTime },
      deprecatedCount: 1,
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedSource: { component: 'c' },
    },
    'series.count: Invalid value: "": should be at least 2',
    'eventTime: Required value',
    'type: Invalid value: "": has invalid value: ',
    'firstTimestamp: Invalid value: "": needs to be unset',
    'count: Invalid value: "": needs to be unset',
    'source: Invalid value: "": needs to be unset',
  ),
  rowOf(kinds.CustomResourceDefinition)('fine', crd()),
  rowOf(kinds.CustomResourceDefinition)(
    'another name',
    { ...crd(), metadata: { name: 'other.example.com' } },
    'metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group',
  ),
  rowOf(kinds.CustomResourceDefinition)('no schema', crd({ schema: undefined }), 'spec.versions[0].schema.openAPIV3Schema: Required value'),
  rowOf(kinds.CustomResourceDefinition)(
    'an untyped field',
    crd({ schema: { openAPIV3Schema: { type: 'object', properties: { spec: {} } } } }),
    'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
  ),
  rowOf(kinds.CustomResourceDefinition)(
    'no storage version',
    crd({ storage: false }),
    'spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: must have exactly one version marked as storage version',
    'status.storedVersions: Invalid value: null: must have at least one stored version',
  ),
  rowOf(kinds.ValidatingWebhookConfiguration)(
    'a webhook named too shortly',
    {
      ...meta(),
      webhooks: [{ name: 'a.b', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://a.b/c' } }],
    },
    'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
  ),
  rowOf(kinds.APIService)(
    'another name than its group and version',
    {
      metadata: { name: 'v1.x' },
      spec: { group: 'y', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, insecureSkipTLSVerify: true, caBundle: 'YWJj' },
    },
    'metadata.name: Invalid value: "v1.x": must be `spec.version+"."+spec.group`: "v1.y"',
    'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
    'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
  ),
  rowOf(kinds.MutatingWebhookConfiguration)(
    'what a webhook is asked for, in contradiction',
    webhook({
      rules: [{ ...rule, apiVersions: ['v1', ''], resources: ['pods/*', 'pods/status', '*/scale', 'a/scale', '*', 'pods', ''] }],
    }),
    'webhooks[0].rules[0].apiVersions[1]: Required value',
    'webhooks[0].rules[0].resources[1]: Invalid value: "pods/status": if \'pods/*\' is present, must not specify pods/status',
    'webhooks[0].rules[0].resources[3]: Invalid value: "a/scale": if \'*/scale\' is present, must not specify a/scale',
    'webhooks[0].rules[0].resources[6]: Required value',
    'webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/status","*/scale","a/scale","*","pods",""]: if \'*\' is present, must not specify other resources without subresources',
  ),
  rowOf(kinds.MutatingWebhookConfiguration)(
    'a webhook at a questionable URL',
    webhook({ clientConfig: { url: 'http://me@x.y/z?a=b#c' }, admissionReviewVersions: ['v2', 'v2'] }),
    'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    'webhooks[0].clientConfig.url: Invalid value: "me": user information is not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "c": fragments are not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
    'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
    'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
  ),
  rowOf(kinds.MutatingWebhookConfiguration)(
    'a webhook at a path with a hole',
    webhook({ clientConfig: { service: { namespace: 'a', name: 'b', path: '/a//B', port: 443 } } }),
    'webhooks[0].clientConfig.service.path: Invalid value: "/a//B": segment[1] may not be empty',
    "webhooks[0].clientConfig.service.path: Invalid value: \"/a//B\": segment[2]: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ),
];

others.push(
  rowOf(kinds.ClusterRole)(
    'an aggregation that cannot be read',
    { ...meta(), aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Zork' }] }] } },
    'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Zork": not a valid selector operator',
    'aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.',
  ),
  rowOf(kinds.StorageClass)(
    'a provisioner that is shown as it was given',
    { ...meta(), provisioner: 'A b' },
    "provisioner: Invalid value: \"A b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ),
  rowOf(kinds.ValidatingWebhookConfiguration)(
    'side effects of an empty name',
    webhook({ sideEffects: '' }),
    'webhooks[0].sideEffects: Unsupported value: "": supported values: "None", "NoneOnDryRun"',
  ),
  rowOf(kinds.IngressClass)('no controller', { ...meta(), spec: {} }, 'spec.controller: Required value'),
  rowOf(kinds.IngressClass)(
    'parameters of paths',
    { ...meta(), spec: { controller: 'a.b/c', parameters: { kind: 'a/b', name: '..' } } },
    `spec.parameters.kind: Invalid value: "a/b": may not contain '/'`,
    'spec.parameters.name: Invalid value: "..": may not be \'..\'',
  ),
  rowOf(kinds.Ingress)(
    'a backend of nothing',
    { ...meta(), spec: { defaultBackend: {} } },
    'spec.defaultBackend: Invalid value: "": resource or service backend is required',
  ),
  rowOf(kinds.Ingress)(
    'a backend of an object',
    { ...meta(), spec: { defaultBackend: { resource: { kind: 'K', name: '%' } } } },
    `spec.defaultBackend.resource.name: Invalid value: "%": may not contain '%'`,
  ),
  rowOf(kinds.RuntimeClass)(
    'a toleration twice',
    { ...meta(), handler: 'h', scheduling: { tolerations: [0, 1].map(() => ({ key: 'a', operator: 'Exists' })) } },
    'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
  ),
  rowOf(kinds.ValidatingWebhookConfiguration)(
    'a scope of nothing',
    webhook({ rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], scope: '' }] }),
    'webhooks[0].rules[0].scope: Unsupported value: "": supported values: "*", "Cluster", "Namespaced"',
  ),
  rowOf(kinds.APIService)(
    'a port too high',
    {
      metadata: { name: 'v1.a.b' },
      spec: {
        group: 'a.b',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: { namespace: 'a', name: 'b', port: 65_536 },
      },
    },
    'spec.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive',
  ),
  rowOf(kinds.PriorityLevelConfiguration)(
    'queues not said',
    { ...meta(), spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue' } } } },
    'spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited',
  ),
  rowOf(kinds.Secret)(
    'a registry configuration that is no JSON',
    { ...meta(), type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '' } },
    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
  ),
);

function webhook(parts: object): object {
  const sound = { name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://a.b/c' } };
  return { ...meta(), webhooks: [{ ...sound, ...parts }] };
}
function crd(version: object = {}): object {
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } }, ...version }],
    },
  };
}

/** Both versions: loose for old clients, strict in events.k8s.io. */
const oldEvent = rowOf(kinds.Event);
const newEvent = rowOf(kinds.EventsEvent);
const qualifiedName = (name: string): string =>
  `Invalid value: ${JSON.stringify(name)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const time = '2026-01-01T00:00:00.000000Z';
const recorded = { reportingInstance: 'i', action: 'a', reason: 'r' };
const events: Row[] = [
  oldEvent(
    'of another namespace',
    { ...meta(), involvedObject: { namespace: 'b' } },
    'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
  ),
  oldEvent('of no namespace, in default', { ...meta(), involvedObject: {} }),
  oldEvent('with a time, of another namespace', {
    ...meta(),
    involvedObject: { namespace: 'b' },
    eventTime: time,
    reportingComponent: 'c',
    ...recorded,
  }),
  oldEvent(
    'of a nameless component',
    { ...meta(), involvedObject: { namespace: 'default' }, eventTime: time, ...recorded },
    'reportingComponent: Required value',
    'reportingComponent: Invalid value: "": name part must be non-empty',
    `reportingComponent: ${qualifiedName('')}`,
  ),
  newEvent('fine', {
    ...meta(),
    regarding: { namespace: 'b' },
    type: 'Normal',
    eventTime: time,
    reportingController: 'a.b/c',
    ...recorded,
  }),
  newEvent(
    'as an old client says it',
    {
      ...meta(),
      regarding: {},
      eventTime: time,
      reportingController: 'a b',
      ...recorded,
      series: { count: 1 },
      deprecatedCount: 1,
      deprecatedSource: { component: 'c' },
    },
    `reportingController: ${qualifiedName('a b')}`,
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
    'type: Invalid value: "": has invalid value: ',
    'count: Invalid value: "": needs to be unset',
    'source: Invalid value: "": needs to be unset',
  ),
];

describe.each([
  ['metadata', metadata],
  ['workloads', workload],
  ['cron jobs', crons],
  ['services', services],
  ['other kinds', others],
  ['events', events],
])('%s', (_group, rows) => {
  test.each(rows)('$kind.kind: $name', ({ kind, object, errors }) => {
    expect(createErrors(kind, object as KubeObject)).toEqual(errors);
  });
});

describe('updates', () => {
  const change = (name: string, kind: unknown, object: object, parts: object, ...errors: string[]) => ({
    ...rowOf(kind)(name, object, ...errors),
    parts,
  });
  const claim = { ...meta(), spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  test.each([
    change(
      'a Deployment scales',
      kinds.Deployment,
      deployment(),
      { spec: { ...deployment().spec, replicas: 3, progressDeadlineSeconds: 600, strategy: { type: 'Recreate' } } },
      ...podDefaultsMissing(),
    ),
    change('a ConfigMap changes', kinds.ConfigMap, { ...meta(), data: { a: '1' } }, { data: { a: '2' } }),
    change(
      'a frozen one does not',
      kinds.ConfigMap,
      { ...meta(), immutable: true, data: { a: '1' } },
      { data: { a: '2' } },
      'data: Forbidden: field is immutable when `immutable` is set',
    ),
    change(
      'a secret keeps its type',
      kinds.Secret,
      meta(),
      { type: 'other/type' },
      'type: Invalid value: "other/type": field is immutable',
    ),
    change(
      'a class keeps its provisioner',
      kinds.StorageClass,
      { ...meta(), provisioner: 'a.b/c' },
      { provisioner: 'a.b/d' },
      'provisioner: Forbidden: updates to provisioner are forbidden.',
    ),
    change(
      'a binding keeps its role',
      kinds.RoleBinding,
      { ...meta(), roleRef: { kind: 'Role', name: 'a' } },
      { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'b' } },
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    ),
    change('a claim is bound', kinds.PersistentVolumeClaim, claim, {
      spec: { ...claim.spec, volumeMode: 'Filesystem', volumeName: 'pv1' },
    }),
    change(
      'a revision keeps its data',
      kinds.ControllerRevision,
      { ...meta(), data: { a: 1 }, revision: 1 },
      { data: { a: 2 } },
      'data: Invalid value: {"a":2}: field is immutable',
    ),
    change(
      'a priority stays',
      kinds.PriorityClass,
      { ...meta(), value: 5 },
      { value: 6 },
      'value: Forbidden: may not be changed in an update.',
    ),
  ])('$name', ({ kind, object, parts, errors }) => {
    expect(updateErrors(kind, object as KubeObject, (one) => Object.assign(one, parts))).toEqual(errors);
  });

  test('a Deployment keeps its selector', () => {
    const errors = updateErrors(kinds.Deployment, deployment(), ({ spec }) => {
      if (spec === undefined) return;
      spec.selector = { matchLabels: { app: 'other' } };
      Object.assign(spec.template.metadata ?? {}, { labels: { app: 'other' } });
    });
    expect(errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable']);
  });

  test('a StatefulSet mounts the volumes of its claims', () => {
    const claimed = template();
    for (const container of claimed.spec?.containers ?? []) container.volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const spec = { selector: { matchLabels: { app: 'web' } }, template: claimed };
    expect(updateErrors(kinds.StatefulSet, { metadata: { name: 'db' }, spec }, () => undefined)).toEqual([]);
  });

  test('a StatefulSet keeps its service name', () => {
    const object = {
      metadata: { name: 'db' },
      spec: { serviceName: 'db', selector: { matchLabels: { app: 'web' } }, template: template() },
    };
    const errors = updateErrors(kinds.StatefulSet, object, ({ spec }) => Object.assign(spec ?? {}, { serviceName: 'other', replicas: 5 }));
    expect(errors).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  test('a StatefulSet keeps its claims, even from those that say nothing', () => {
    const object = {
      metadata: { name: 'db' },
      spec: { serviceName: 'db', selector: { matchLabels: { app: 'web' } }, template: template() },
    };
    const errors = updateErrors(kinds.StatefulSet, object, ({ spec }) => Object.assign(spec ?? {}, { volumeClaimTemplates: [{}] }));
    expect(errors).toHaveLength(1);
  });

  test('a Job that gave up its own selector has none that would do', () => {
    const errors = updateErrors(kinds.Job, job({ manualSelector: true, selector: { matchLabels: { app: 'x' } } }), ({ spec }) => {
      delete spec?.manualSelector;
    });
    expect(errors).toContain('spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: `selector` not auto-generated');
  });

  test("a Node's range stays", () => {
    const errors = updateErrors(kinds.Node, { metadata: { name: 'n' }, spec: { podCIDR: '10.1.0.0/24' } }, ({ spec }) =>
      Object.assign(spec ?? {}, { podCIDRs: ['10.2.0.0/24'] }),
    );
    expect(errors).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      '[]: Forbidden: node updates may only change labels, taints, or capacity',
    ]);
  });

  test('a StorageClass is checked again', () => {
    const errors = updateErrors(kinds.StorageClass, { metadata: { name: 's' }, provisioner: 'a' }, (object) =>
      Object.assign(object, { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [] }] }] }),
    );
    expect(errors).toEqual(['allowedTopologies[0].matchLabelExpressions[0].values: Required value']);
  });

  test('a Job keeps its template', () => {
    const errors = updateErrors(kinds.Job, job(), ({ spec }) => Object.assign(spec?.template.spec?.containers[0] ?? {}, { image: 'b' }));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/);
  });

  test('a suspended Job may still move its pods', () => {
    const errors = updateErrors(kinds.Job, job({ suspend: true }), ({ spec }) =>
      Object.assign(spec?.template.spec ?? {}, { nodeSelector: { a: 'b' } }),
    );
    expect(errors).toEqual([]);
  });

  test('an address of a Service stays', () => {
    const errors = updateErrors(kinds.Service, service({ clusterIP: '10.96.0.9' }), ({ spec }) =>
      Object.assign(spec ?? {}, { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }),
    );
    expect(errors).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.0.10"]: may not change once set']);
  });

  test('counters of a status must add up', () => {
    const errors = updateErrors(
      kinds.Deployment,
      deployment(),
      (object) => Object.assign(object, { status: { replicas: 1, readyReplicas: 1, availableReplicas: 2 } }),
      'status',
    );
    expect(errors).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
    ]);
  });

  test('a status is held to the counters that its kind has', () => {
    const change = (object: object) => Object.assign(object, { status: { replicas: -1 } });
    const fields = updateErrors(kinds.Deployment, deployment(), change, 'status').map((error) => error.split(':')[0]);
    expect(fields).toEqual(['status.replicas', 'status.updatedReplicas', 'status.readyReplicas', 'status.availableReplicas']);
  });

  /** The update is not defaulted again here, so the template lacks what defaulting always fills. */
  function podDefaultsMissing(): string[] {
    const at = 'spec.template.spec';
    return [
      `${at}.terminationGracePeriodSeconds: Required value`,
      `${at}.containers[0].terminationMessagePolicy: Required value`,
      `${at}.containers[0].imagePullPolicy: Required value`,
      `${at}.restartPolicy: Required value`,
      `${at}.dnsPolicy: Required value`,
      `${at}.restartPolicy: Unsupported value: "": supported values: "Always"`,
    ];
  }
});
