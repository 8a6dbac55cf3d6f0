import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientBinary, execute } from '../../support/clients.ts';
import { type RealCluster, realCluster, shellPod } from '../../support/e2e.ts';

let cluster: RealCluster;
let directory: string;
const nodes = { controlPlane: 'ea-sets-control-plane', ssd: 'ea-sets-worker', small: 'ea-sets-worker2' };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-sets-'));
  cluster = await realCluster({
    name: 'ea-sets',
    config: `
nodes:
  - {role: control-plane}
  - {role: worker, labels: {disk: ssd}}
  - {role: worker, resources: {cpu: 1, memory: 512Mi}}
images: [website:v1.0, website:v2.0]
`,
  });
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const sleeping = 'exec sleep 100000';
const container = (more: object = {}): object => ({ name: 'main', image: 'website:v1.0', command: ['sh', '-c', sleeping], ...more });
/** A Deployment, DaemonSet or StatefulSet whose pods sleep. */
const set = (kind: string, name: string, pod: { container?: object; spec?: object }, spec: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [container(pod.container)], ...pod.spec },
    },
    ...spec,
  },
});
/** The nodes that the pods of an app are bound to, one entry a pod; '' for one that is not. */
async function nodesOf(app: string): Promise<string[]> {
  const shown = await cluster.kubectl(['get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={range .items[*]}{.spec.nodeName}{"\\n"}{end}']);
  return shown.split('\n').slice(0, -1).sort();
}
const rolledOut = (what: string): Promise<string> => cluster.kubectl(`rollout status ${what} --timeout=90s`);
const unschedulable = async (pod: string): Promise<string> => {
  await cluster.kubectl([
    'wait',
    '--for=jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}=Unschedulable',
    `pod/${pod}`,
    '--timeout=30s',
  ]);
  return cluster.kubectl(['get', 'pod', pod, '-o', 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}']);
};

describe.concurrent('scheduling', () => {
  test('knows the size of each node', async ({ expect }) => {
    const described = await cluster.kubectl(`describe node ${nodes.small}`);
    expect(described).toMatch(/Capacity:\n +cpu: +1\n[\s\S]*?memory: +(512Mi|524288Ki)\n/);
    const cpus = await cluster.kubectl(`get node ${nodes.ssd} -o jsonpath={.status.capacity.cpu}`);
    expect(Number(cpus)).toBeGreaterThan(1);
    // The engine holds the node to it.
    const inspected = await cluster.docker.getContainer(nodes.small).inspect();
    expect(inspected.HostConfig).toMatchObject({ NanoCpus: 1e9, Memory: 512 * 1024 * 1024 });
  });

  test('says why a pod fits nowhere, in the condition and in an event', async ({ expect }) => {
    await cluster.apply(shellPod('huge', sleeping, { container: { resources: { requests: { cpu: '100' } } } }));
    const message = await unschedulable('huge');
    expect(message).toMatch(
      /^0\/3 nodes are available: 3 Insufficient cpu\. .*preemption: 0\/3 nodes are available: 3 Preemption is not helpful for scheduling\.$/,
    );
    const events = [
      'get',
      'events',
      '--field-selector=involvedObject.name=huge,reason=FailedScheduling',
      '-o',
      'jsonpath={.items[0].message}',
    ];
    expect(await cluster.kubectl(events)).toBe(message);
    expect(await cluster.kubectl('get pod huge --no-headers')).toMatch(/0\/1 +Pending/);
    await cluster.kubectl('delete pod huge');
  });

  test('gives a small node what fits it, and the rest to the others', async ({ expect }) => {
    const resources = { requests: { memory: '200Mi' } };
    await cluster.apply(set('Deployment', 'sized', { container: { resources } }, { replicas: 8 }));
    await rolledOut('deployment/sized');
    const bound = await nodesOf('sized');
    expect(bound).toHaveLength(8);
    expect(bound.filter((node) => node === nodes.small).length).toBeLessThanOrEqual(2);
    expect(new Set(bound)).toContain(nodes.ssd);
    await cluster.kubectl('delete deployment sized');
  });

  test('honours nodeSelector', async ({ expect }) => {
    await cluster.apply(set('Deployment', 'fast', { spec: { nodeSelector: { disk: 'ssd' } } }, { replicas: 3 }));
    await rolledOut('deployment/fast');
    expect(await nodesOf('fast')).toEqual([nodes.ssd, nodes.ssd, nodes.ssd]);
    await cluster.apply(shellPod('lost', sleeping, { spec: { nodeSelector: { disk: 'tape' } } }));
    expect(await unschedulable('lost')).toMatch(/^0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector\. /);
  });

  test('honours affinity and anti-affinity between pods', async ({ expect }) => {
    const terms = (app: string): object => ({
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }],
    });
    await cluster.apply(set('Deployment', 'apart', { spec: { affinity: { podAntiAffinity: terms('apart') } } }, { replicas: 3 }));
    await rolledOut('deployment/apart');
    expect(await nodesOf('apart')).toEqual(Object.values(nodes).sort());
    const late = shellPod('late', sleeping, { labels: { app: 'apart' }, spec: { affinity: { podAntiAffinity: terms('apart') } } });
    await cluster.apply(late);
    expect(await unschedulable('late')).toMatch(/^0\/3 nodes are available: 3 node\(s\) didn't match pod anti-affinity rules\. /);
    await cluster.apply(shellPod('leader', sleeping, { spec: { nodeName: nodes.ssd } }));
    await cluster.apply(set('Deployment', 'near', { spec: { affinity: { podAffinity: terms('leader') } } }, { replicas: 2 }));
    await rolledOut('deployment/near');
    expect(await nodesOf('near')).toEqual([nodes.ssd, nodes.ssd]);
  });
});

describe.concurrent('workloads', () => {
  test('a DaemonSet has a pod on every node', async ({ expect }) => {
    await cluster.apply(set('DaemonSet', 'everywhere', {}));
    await rolledOut('daemonset/everywhere');
    expect(await nodesOf('everywhere')).toEqual(Object.values(nodes).sort());
    await cluster.kubectl('set image daemonset/everywhere main=website:v2.0');
    await rolledOut('daemonset/everywhere');
    const images = await cluster.kubectl('get pods -l app=everywhere -o jsonpath={.items[*].spec.containers[0].image}');
    expect(images).toBe('website:v2.0 website:v2.0 website:v2.0');
  });

  test('a StatefulSet has names, an order and volumes that stay', async ({ expect }) => {
    await cluster.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'db' },
        spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
      },
      set(
        'StatefulSet',
        'db',
        { container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] } },
        {
          replicas: 2,
          serviceName: 'db',
          volumeClaimTemplates: [
            { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } } },
          ],
        },
      ),
    );
    await rolledOut('statefulset/db');
    const claims = '{range .items[*]}{.metadata.name} {.status.phase} {.spec.storageClassName}{"\\n"}{end}';
    expect(await cluster.kubectl(['get', 'pvc', '-l', 'app=db', '-o', `jsonpath=${claims}`])).toBe(
      'data-db-0 Bound standard\ndata-db-1 Bound standard\n',
    );
    await cluster.sh('db-1', 'echo precious > /data/file');
    const uid = (): Promise<string> => cluster.kubectl('get pod db-1 -o jsonpath={.metadata.uid}');
    const before = await uid();
    await cluster.kubectl('delete pod db-1');
    await cluster.kubectl('wait --for=create pod/db-1 --timeout=30s');
    await cluster.kubectl('wait --for=condition=Ready pod/db-1 --timeout=60s');
    expect(await uid()).not.toBe(before);
    expect(await cluster.sh('db-1', 'hostname; cat /data/file')).toBe('db-1\nprecious\n');
    expect(await cluster.sh('db-0', 'nslookup db-1.db.default.svc.cluster.local')).toContain(
      await cluster.kubectl('get pod db-1 -o jsonpath={.status.podIP}'),
    );
  });

  test('a Job runs to its end, and a CronJob makes one by hand', async ({ expect }) => {
    const template = { spec: { restartPolicy: 'Never', containers: [container({ command: ['sh', '-c', 'echo done by $HOSTNAME'] })] } };
    await cluster.apply(
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'batch' }, spec: { completions: 3, parallelism: 2, template } },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'nightly' },
        spec: { schedule: '0 3 1 1 *', jobTemplate: { spec: { template } } },
      },
    );
    await cluster.kubectl('create job by-hand --from=cronjob/nightly');
    await cluster.kubectl('wait --for=condition=Complete job/batch job/by-hand --timeout=60s');
    expect(await cluster.kubectl('get job batch -o jsonpath={.status.succeeded}')).toBe('3');
    expect(await cluster.kubectl('logs job/by-hand')).toMatch(/^done by by-hand-\w+\n$/);
    const failing = { spec: { restartPolicy: 'Never', containers: [container({ command: ['sh', '-c', 'exit 1'] })] } };
    await cluster.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'doomed' },
      spec: { backoffLimit: 0, template: failing },
    });
    await cluster.kubectl('wait --for=condition=Failed job/doomed --timeout=60s');
    expect(await cluster.kubectl(['get', 'job', 'doomed', '-o', 'jsonpath={.status.conditions[?(@.type=="Failed")].reason}'])).toBe(
      'BackoffLimitExceeded',
    );
  });
});

describe('Helm', () => {
  /** A chart as `helm create` lays one out, as far as it matters. */
  function chart(): string {
    const root = join(directory, 'site');
    mkdirSync(join(root, 'templates'), { recursive: true });
    writeFileSync(join(root, 'Chart.yaml'), 'apiVersion: v2\nname: site\nversion: 0.1.0\nappVersion: v1.0\n');
    writeFileSync(join(root, 'values.yaml'), 'replicas: 1\nimage: {repository: website, tag: ""}\n');
    writeFileSync(
      join(root, 'templates/site.yaml'),
      `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/managed-by: {{ .Release.Service }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
      - name: site
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
`,
    );
    writeFileSync(
      join(root, 'templates/test.yaml'),
      `
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers: [{name: wget, image: "website:v1.0", command: [wget, -q, -O, /dev/null, "http://{{ .Release.Name }}/"]}]
`,
    );
    return root;
  }
  async function helm(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await execute(clientBinary('helm'), args, { env: { ...cluster.env, HOME: directory } });
    if (code !== 0) throw new Error(`helm ${args.join(' ')} exited with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
  const image = (): Promise<string> => cluster.kubectl('get deployment shop -o jsonpath={.spec.template.spec.containers[0].image}');

  test('installs, tests, upgrades, rolls back and uninstalls', async () => {
    const root = chart();
    await helm('install', 'shop', root, '--wait', '--timeout', '90s');
    expect((await cluster.fetch('shop.default')).body).toContain('Hello from version v1.0');
    await helm('test', 'shop', '--timeout', '60s');
    await helm('upgrade', 'shop', root, '--set', 'image.tag=v2.0', '--set', 'replicas=2', '--wait', '--timeout', '90s');
    expect(await image()).toBe('website:v2.0');
    expect((await cluster.fetch('shop.default')).body).toContain('Hello from version v2.0');
    await helm('rollback', 'shop', '1', '--wait', '--timeout', '90s');
    expect(await image()).toBe('website:v1.0');
    const history = JSON.parse(await helm('history', 'shop', '-o', 'json')) as { revision: number; status: string }[];
    expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    await helm('uninstall', 'shop', '--wait', '--timeout', '60s');
    expect((await cluster.kubectl.try('get deployment shop')).stderr).toContain('NotFound');
  });
});
