import { describe, expect, it } from 'vitest';
import { defaultPullPolicy, imageNameProblem, registryOf } from '../../../src/api/image-name.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { EnvVar, ResourceRequirements, Service } from '../../../src/api/types/core-v1.ts';
import { dnsOf, parseResolvConf } from '../../../src/kubelet/containers/dns.ts';
import { environmentOf } from '../../../src/kubelet/containers/env.ts';
import { expand } from '../../../src/kubelet/containers/expand.ts';
import { hostsFile, visibleHostname } from '../../../src/kubelet/containers/hosts.ts';
import { credentialFor } from '../../../src/kubelet/containers/pull-secrets.ts';
import { resourcesOf, sharesOf } from '../../../src/kubelet/containers/resources.ts';
import { securityOf } from '../../../src/kubelet/containers/security.ts';
import { variablesOf } from '../../../src/kubelet/containers/service-env.ts';
import type { KubeletContext } from '../../../src/kubelet/context.ts';
import type { ObjectSource } from '../../../src/kubelet/objects.ts';
import { shouldRestart } from '../../../src/kubelet/pod/pod.ts';
import { referencesOf } from '../../../src/kubelet/pod/references.ts';
import { goDuration } from '../../../src/util/duration.ts';
import { staticInformers } from '../../support/static-informers.ts';
import { container, pod } from './harness.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const objects: ObjectSource = {
  configMap: async (_, name) => (name === 'settings' ? { metadata: { name }, data: { color: 'red', 'app.conf': 'x=1' } } : undefined),
  secret: async (_, name) => (name === 'keys' ? { metadata: { name }, data: { token: base64('s3cret') } } : undefined),
  register: () => undefined,
  unregister: () => undefined,
  onChange: () => undefined,
};
const service = (name: string, namespace: string, clusterIP: string, port: number): Service => ({
  metadata: { name, namespace },
  spec: { clusterIP, ports: [{ name: 'http', port, protocol: 'TCP' }] },
});
const informers = staticInformers();
informers.set(kinds.Service, [
  service('kubernetes', 'default', '10.96.0.1', 443),
  service('my-db', 'shop', '10.96.0.7', 5432),
  service('headless', 'shop', 'None', 80),
  service('other', 'elsewhere', '10.96.0.9', 80),
]);
const context = {
  objects,
  services: informers.informer(kinds.Service),
  allocatable: { cpu: '2', memory: '4Gi' },
} as unknown as KubeletContext;
const addresses = { podIPs: ['10.244.1.5'], hostIP: '172.18.0.3' };
const shop = (() => {
  const made = pod('web', { serviceAccountName: 'clerk' });
  return { ...made, metadata: { ...made.metadata, namespace: 'shop', labels: { app: 'web' }, annotations: { note: 'hi' } } };
})();
const variableValue = async (variable: EnvVar, resources = {}): Promise<string | undefined> =>
  (await environmentOf(context, shop, container({ env: [variable], resources }), addresses)).get(variable.name);
const from = (valueFrom: EnvVar['valueFrom']): EnvVar => ({ name: 'X', ...(valueFrom === undefined ? {} : { valueFrom }) });

describe('the environment', () => {
  it.each([
    { name: 'a plain value', variable: { name: 'X', value: 'plain' }, value: 'plain' },
    { name: 'a ConfigMap key', variable: from({ configMapKeyRef: { name: 'settings', key: 'color' } }), value: 'red' },
    { name: 'a Secret key', variable: from({ secretKeyRef: { name: 'keys', key: 'token' } }), value: 's3cret' },
    {
      name: 'an optional key that is missing',
      variable: from({ secretKeyRef: { name: 'none', key: 'x', optional: true } }),
      value: undefined,
    },
    { name: 'the pod name', variable: from({ fieldRef: { fieldPath: 'metadata.name' } }), value: 'web' },
    { name: 'a label', variable: from({ fieldRef: { fieldPath: "metadata.labels['app']" } }), value: 'web' },
    { name: 'the pod address', variable: from({ fieldRef: { fieldPath: 'status.podIP' } }), value: '10.244.1.5' },
    { name: 'the host address', variable: from({ fieldRef: { fieldPath: 'status.hostIP' } }), value: '172.18.0.3' },
    { name: 'the service account', variable: from({ fieldRef: { fieldPath: 'spec.serviceAccountName' } }), value: 'clerk' },
    {
      name: "the node's memory where there is no limit",
      variable: from({ resourceFieldRef: { resource: 'limits.memory' } }),
      value: '4294967296',
    },
    { name: 'a Service link', variable: { name: 'X', value: '$(MY_DB_SERVICE_HOST):$(MY_DB_SERVICE_PORT)' }, value: '10.96.0.7:5432' },
  ])('has $name', async ({ variable, value }) => {
    expect(await variableValue(variable)).toBe(value);
  });

  it.each([
    { name: 'cpu in whole cores', resource: 'requests.cpu', divisor: '1', value: '2' },
    { name: 'cpu in millis', resource: 'requests.cpu', divisor: '1m', value: '1500' },
    { name: 'memory in mebibytes', resource: 'limits.memory', divisor: '1Mi', value: '512' },
  ])('rounds $name up', async ({ resource, divisor, value }) => {
    const resources = { requests: { cpu: '1500m' }, limits: { memory: '512Mi' } };
    expect(await variableValue(from({ resourceFieldRef: { resource, divisor } }), resources)).toBe(value);
  });

  it.each([
    { name: 'a ConfigMap', valueFrom: { configMapKeyRef: { name: 'none', key: 'x' } }, message: 'configmap "none" not found' },
    {
      name: 'a ConfigMap key',
      valueFrom: { configMapKeyRef: { name: 'settings', key: 'x' } },
      message: "couldn't find key x in ConfigMap shop/settings",
    },
    { name: 'a Secret', valueFrom: { secretKeyRef: { name: 'none', key: 'x' } }, message: 'secret "none" not found' },
    { name: 'a Secret key', valueFrom: { secretKeyRef: { name: 'keys', key: 'x' } }, message: "couldn't find key x in Secret shop/keys" },
  ])('refuses $name that is missing', async ({ valueFrom, message }) => {
    await expect(variableValue(from(valueFrom))).rejects.toMatchObject({ reason: 'CreateContainerConfigError', message });
  });

  it('lets env override envFrom, and both override Services', async () => {
    const made = container({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
      env: [
        { name: 'P_color', value: 'blue' },
        { name: 'SHADE', value: 'dark $(P_color) $(UNKNOWN) $$(P_color)' },
        { name: 'KUBERNETES_SERVICE_HOST', value: 'mine' },
      ],
    });
    const env = await environmentOf(context, shop, made, addresses);
    expect(Object.fromEntries(env)).toMatchObject({
      P_color: 'blue',
      'P_app.conf': 'x=1',
      SHADE: 'dark blue $(UNKNOWN) $(P_color)',
      KUBERNETES_SERVICE_HOST: 'mine',
    });
    expect([...env.keys()].filter((name) => name.startsWith('OTHER') || name.startsWith('HEADLESS'))).toEqual([]);
  });

  it('has only the API server where service links are declined', async () => {
    const env = await environmentOf(context, { ...shop, spec: { containers: [], enableServiceLinks: false } }, container(), addresses);
    expect([...env.keys()].some((name) => name.startsWith('MY_DB'))).toBe(false);
    expect(env.get('KUBERNETES_PORT_443_TCP')).toBe('tcp://10.96.0.1:443');
  });

  it('names Services as Docker links did', () => {
    expect(variablesOf(service('my-db', 'shop', '10.96.0.7', 5432))).toEqual([
      ['MY_DB_SERVICE_HOST', '10.96.0.7'],
      ['MY_DB_SERVICE_PORT', '5432'],
      ['MY_DB_SERVICE_PORT_HTTP', '5432'],
      ['MY_DB_PORT', 'tcp://10.96.0.7:5432'],
      ['MY_DB_PORT_5432_TCP', 'tcp://10.96.0.7:5432'],
      ['MY_DB_PORT_5432_TCP_PROTO', 'tcp'],
      ['MY_DB_PORT_5432_TCP_PORT', '5432'],
      ['MY_DB_PORT_5432_TCP_ADDR', '10.96.0.7'],
    ]);
  });

  it.each([
    { text: '$(A)', result: '1' },
    { text: 'x$(A)y$(B)', result: 'x1y$(B)' },
    { text: '$$(A)', result: '$(A)' },
    { text: '$$$(A)', result: '$1' },
    { text: '$(A', result: '$(A' },
    { text: '$A', result: '$A' },
  ])('expands $text', ({ text, result }) => {
    expect(expand(text, (name) => (name === 'A' ? '1' : undefined))).toBe(result);
  });
});

describe('resources', () => {
  it.each<{ name: string; resources: ResourceRequirements; result: object }>([
    { name: 'nothing', resources: {}, result: { cpuQuota: 0, cpuShares: 2, memoryLimit: 0, oomScoreAdj: 1000 } },
    {
      name: 'a request',
      resources: { requests: { cpu: '500m', memory: '1Gi' } },
      result: { cpuQuota: 0, cpuShares: 512, oomScoreAdj: 750 },
    },
    { name: 'a limit alone', resources: { limits: { cpu: '250m' } }, result: { cpuQuota: 25_000, cpuShares: 256 } },
    {
      name: 'all of both',
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
      result: { cpuQuota: 100_000, cpuShares: 1024, memoryLimit: 1024 ** 3, oomScoreAdj: -997 },
    },
  ])('of a container that says $name', ({ resources, result }) => {
    const made = container({ resources });
    expect(resourcesOf(pod('web', { containers: [made] }), made, 4 * 1024 ** 3)).toMatchObject(result);
  });
  it('are at least two shares', () => expect([sharesOf(0), sharesOf(1), sharesOf(2000)]).toEqual([2, 2, 2048]));
});

describe('security', () => {
  it('takes the container over the pod, and fsGroup as a group', () => {
    const made = container({ securityContext: { runAsUser: 5 } });
    const owner = pod('web', { containers: [made], securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } });
    expect(securityOf(owner, made, '')).toMatchObject({ runAsUser: 5, runAsGroup: 2, supplementalGroups: [4, 3], privileged: false });
  });
  it.each([
    {
      name: 'root by default',
      user: '',
      message: 'container has runAsNonRoot and image will run as root (pod: "web_default(uid-of-web)", container: web)',
    },
    {
      name: 'a name',
      user: 'app',
      message:
        'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "web_default(uid-of-web)", container: web)',
    },
  ])('refuses runAsNonRoot with an image user of $name', ({ user, message }) => {
    const made = container({ securityContext: { runAsNonRoot: true } });
    expect(() => securityOf(pod('web'), made, user)).toThrow(message);
  });
  it('admits a numeric image user', () => {
    expect(securityOf(pod('web'), container({ securityContext: { runAsNonRoot: true } }), '1000:0').runAsUser).toBeUndefined();
  });
});

describe('the score of a container when memory runs out', () => {
  const asking = (memory: string, more: object = {}) => container({ resources: { requests: { memory } }, ...more });
  const web = asking('1Gi');
  const sidecar = asking('256Mi', { name: 'proxy', restartPolicy: 'Always' });
  it.each([
    { name: 'is lower the more it asked for', spec: { containers: [web] }, of: web, score: 750 },
    {
      name: 'of a sidecar is no higher than that of what it serves',
      spec: { containers: [web], initContainers: [sidecar] },
      of: sidecar,
      score: 750,
    },
    {
      name: 'is the lowest for the critical of the node',
      spec: { priorityClassName: 'system-node-critical' },
      of: container(),
      score: -997,
    },
    { name: 'is the highest without requests', spec: { priority: 2_000_000_000 }, of: container(), score: 1000 },
  ])('$name', ({ spec, of, score }) => expect(resourcesOf(pod('web', spec), of, 4 * 2 ** 30).oomScoreAdj).toBe(score));
});

describe('names', () => {
  it.each([
    { image: 'nginx', problem: undefined },
    { image: 'localhost:5000/a/b_c:v1.0', problem: undefined },
    { image: `nginx@sha256:${'a'.repeat(64)}`, problem: undefined },
    {
      image: 'registry.example.com/Team/app',
      problem: 'invalid reference format: repository name (registry.example.com/Team/app) must be lowercase',
    },
    { image: 'a b', problem: 'invalid reference format' },
    { image: '', problem: 'invalid reference format' },
  ])('image $image', ({ image, problem }) => expect(imageNameProblem(image)).toBe(problem));

  it.each([
    { image: 'nginx', registry: 'docker.io', policy: 'Always' },
    { image: 'a.example/x:latest', registry: 'a.example', policy: 'Always' },
    { image: 'localhost:5000/x:v2', registry: 'localhost:5000', policy: 'IfNotPresent' },
    { image: `x@sha256:${'a'.repeat(64)}`, registry: 'docker.io', policy: 'IfNotPresent' },
  ])('registry and pull policy of $image', ({ image, registry, policy }) => {
    expect([registryOf(image), defaultPullPolicy(image)]).toEqual([registry, policy]);
  });

  it('finds a credential for a registry', async () => {
    const config = { auths: { 'https://index.docker.io/v1/': { auth: base64('me:pass:word') } } };
    const withSecret: ObjectSource = {
      ...objects,
      secret: async () => ({
        metadata: {},
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': base64(JSON.stringify(config)) },
      }),
    };
    const asking = pod('web', { imagePullSecrets: [{ name: 'hub' }] });
    expect(await credentialFor(asking, 'nginx', withSecret)).toEqual({ username: 'me', password: 'pass:word' });
    expect(await credentialFor(asking, 'other.example/nginx', withSecret)).toBeUndefined();
  });

  it('makes /etc/hosts with subdomain and aliases', async () => {
    const made = pod('web-0', { hostname: 'web-0', subdomain: 'web', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
    const text = await hostsFile(made, ['10.244.1.5'], 'cluster.local', 'node-1');
    expect(text.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n')).toBe(true);
    expect(text).toContain('10.244.1.5\tweb-0.web.default.svc.cluster.local\tweb-0\n');
    expect(text.endsWith('# Entries added by HostAliases.\n1.2.3.4\ta\tb\n')).toBe(true);
    expect(visibleHostname(pod('x'.repeat(70)), 'cluster.local', 'node-1')).toBe('x'.repeat(63));
    expect(visibleHostname({ ...made, spec: { containers: [], ...made.spec, setHostnameAsFQDN: true } }, 'cluster.local', 'n')).toBe(
      'web-0.web.default.svc.cluster.local',
    );
  });

  const host = parseResolvConf('# x\nnameserver 127.0.0.11\nnameserver 9.9.9.9\nsearch lan\noptions ndots:0\n');
  const cluster = { dns: '10.96.0.10', domain: 'cluster.local' };
  it.each([
    {
      name: 'ClusterFirst',
      spec: { dnsPolicy: 'ClusterFirst' },
      result: {
        nameservers: ['10.96.0.10'],
        searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan'],
        options: ['ndots:5'],
      },
    },
    {
      name: 'Default, without what pods cannot reach',
      spec: { dnsPolicy: 'Default' },
      result: { nameservers: ['9.9.9.9'], searches: ['lan'], options: ['ndots:0'] },
    },
    {
      name: 'ClusterFirst on the host network',
      spec: { hostNetwork: true },
      result: { nameservers: ['127.0.0.11', '9.9.9.9'], searches: ['lan'], options: ['ndots:0'] },
    },
    {
      name: 'None with a config of its own',
      spec: {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] },
      },
      result: { nameservers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2', 'edns0'] },
    },
  ])('resolves by policy $name', ({ spec, result }) => expect(dnsOf(pod('web', spec), cluster, host)).toEqual(result));

  it.each([
    { ms: 0, text: '0s' },
    { ms: 250, text: '250ms' },
    { ms: 1_500, text: '1.5s' },
    { ms: 160_000, text: '2m40s' },
    { ms: 300_000, text: '5m0s' },
    { ms: 3_661_000, text: '1h1m1s' },
  ])('prints $ms ms as $text', ({ ms, text }) => expect(goDuration(ms)).toBe(text));

  it('finds what a pod refers to', () => {
    const spec = {
      containers: [container({ envFrom: [{ configMapRef: { name: 'a' } }], env: [from({ secretKeyRef: { name: 'b', key: 'k' } })] })],
      volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 'd' } }] } }],
      imagePullSecrets: [{ name: 'e' }],
    };
    expect(referencesOf(pod('web', spec))).toEqual({ configMaps: ['a', 'c'], secrets: ['b', 'd', 'e'] });
  });

  it('restarts by a rule of the container before its policy', () => {
    const ruled = container({
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
    });
    expect([42, 1].map((code) => shouldRestart(pod('web'), ruled, 'main', code))).toEqual([true, false]);
  });
});
