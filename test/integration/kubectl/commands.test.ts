import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** The commands that make, change and remove: create, run, expose, autoscale, set, rollout, replace, delete and node upkeep. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 0 });
  kubectl = cluster.kubectl;
});
afterAll(() => cluster.stop());

const path = (what: string, expression: string): Promise<string> => kubectl(['get', ...what.split(' '), '-o', `jsonpath={${expression}}`]);

describe('create and run', () => {
  const made: [args: string[], said: string, expression: string, value: string][] = [
    [
      ['poddisruptionbudget', 'pdb', '--selector=a=b', '--min-available=50%'],
      'poddisruptionbudget.policy/pdb',
      '.spec.minAvailable',
      '50%',
    ],
    [['priorityclass', 'high', '--value=7', '--preemption-policy=Never'], 'priorityclass.scheduling.k8s.io/high', '.value', '7'],
    [['ingress', 'site', '--rule=foo.com/bar=web:80,tls=cert'], 'ingress.networking.k8s.io/site', '.spec.tls[0].secretName', 'cert'],
    [['clusterrole', 'all', '--aggregation-rule=a=b'], 'clusterrole.rbac.authorization.k8s.io/all', '.rules', 'null'],
    [['secret', 'generic', 'plain', '--from-literal=a=b', '--type=x/y'], 'secret/plain', '.type', 'x/y'],
    [
      ['secret', 'docker-registry', 'pull', '--docker-username=u', '--docker-password=p'],
      'secret/pull',
      '.type',
      'kubernetes.io/dockerconfigjson',
    ],
    [['service', 'externalname', 'far', '--external-name=example.com'], 'service/far', '.spec.type', 'ExternalName'],
    [['service', 'nodeport', 'near', '--tcp=80', '--node-port=30080'], 'service/near', '.spec.ports[0].nodePort', '30080'],
    [['service', 'loadbalancer', 'wide', '--tcp=80:8080'], 'service/wide', '.spec.ports[0].targetPort', '8080'],
    [['quota', 'limits', '--hard=configmaps=50', '--scopes='], 'resourcequota/limits', '.spec.hard.configmaps', '50'],
  ];
  it.each(made)('create %j', async (args, said, expression, value) => {
    const { stdout } = await kubectl.try(['create', ...args, '--dry-run=server']);
    expect(stdout).toBe(`${said} created (server dry run)\n`);
    expect(await kubectl(['create', ...args])).toBe(`${said} created\n`);
    expect(await path(said, expression)).toBe(value);
  });

  it('create from a list, by URL alone, and with an editor', async () => {
    const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMapList', items: [map('l-1'), map('l-2')] });
    expect(await kubectl('create -f -', list)).toBe('configmap/l-1 created\nconfigmap/l-2 created\n');
    const url = '/api/v1/namespaces/default/configmaps';
    expect(JSON.parse(await kubectl(`create --raw ${url} -f -`, JSON.stringify(map('raw'))))).toMatchObject({ metadata: { name: 'raw' } });
    await kubectl(`replace --raw ${url}/raw -f -`, JSON.stringify({ ...map('raw'), data: { a: '1' } }));
    expect(JSON.parse(await kubectl(`get --raw ${url}/raw`))).toMatchObject({ data: { a: '1' } });
    expect(JSON.parse(await kubectl(`delete --raw ${url}/raw`))).toMatchObject({ status: 'Success' });
    const file = join(cluster.directory, 'edited.json');
    writeFileSync(file, JSON.stringify(map('draft')));
    const { stdout } = await kubectl.try(`create --edit -f ${file}`, '', { EDITOR: 'sed -i s/draft/final/' });
    expect(stdout).toBe('configmap/final created\n');
  });

  it('run with a Service; expose as another', async () => {
    expect(await kubectl('run front --image=website:v1.0 --port=80 --expose --labels=app=front')).toBe(
      'service/front created\npod/front created\n',
    );
    expect(await path('service front', '.spec.ports[0].port')).toBe('80');
    await kubectl([
      'expose',
      'pod',
      'front',
      '--name=back',
      '--port=1000',
      '--target-port=80',
      '--overrides={"metadata":{"annotations":{"a":"b"}}}',
    ]);
    expect(await path('service back', '.metadata.annotations')).toBe('{"a":"b"}');
    expect((await kubectl.try('run bad --image=InvalidImageName')).stderr).toBe(
      'error: Invalid image name "InvalidImageName": invalid reference format\n',
    );
  });

  it('delete brings the Service of the API server back, whoever deletes all', async () => {
    await kubectl('delete services --all');
    await expect.poll(() => kubectl('get services -o name')).toBe('service/kubernetes\n');
  });
});

describe('set and rollout', () => {
  beforeAll(async () => {
    await kubectl('create deployment web --image=website:v1.0');
    await kubectl('create configmap settings --from-literal=key-1=a --from-literal=key-2=b');
  });
  const container = '.spec.template.spec.containers[0]';

  it('env, resources, service account and image', async () => {
    await kubectl('set env deployment/web --from=configmap/settings --prefix=S_');
    await kubectl('set env deployment/web PLAIN=1 S_KEY_1-');
    expect(await kubectl('set env deployment/web --list')).toBe(
      '# Deployment web, container website\n# S_KEY_2 from configmap settings, key key-2\nPLAIN=1\n',
    );
    await kubectl('set resources deployment web --limits=cpu=200m,memory=64Mi --requests=cpu=100m');
    expect(await path('deployment web', `${container}.resources.requests`)).toBe('{"cpu":"100m"}');
    await kubectl('set serviceaccount deployment web robot');
    expect(await kubectl('set image deployment/web *=website:v2.0')).toBe('deployment.apps/web image updated\n');
    expect((await kubectl.try('set image deployment/web none=x')).stderr).toBe('error: unable to find container named "none"\n');
    expect(await path('deployment web', '.spec.template.spec.serviceAccountName')).toBe('robot');
  });

  it('selector and subject, with a precondition', async () => {
    await kubectl('create service clusterip web --tcp=80');
    expect(await kubectl('set selector service web role=front')).toBe('service/web selector updated\n');
    expect((await kubectl.try('set selector service web role=x --resource-version=1')).stderr).toContain(
      'Error from server (Conflict): Operation cannot be fulfilled on services "web": the object has been modified',
    );
    await kubectl('create rolebinding watching --clusterrole=view --user=a');
    await kubectl('set subject rolebinding watching --group=g --serviceaccount=default:robot');
    expect(await kubectl('get rolebinding watching -o wide --no-headers')).toMatch(
      /^watching +ClusterRole\/view +\w+ +a +g +default\/robot\n$/,
    );
  });

  it('rollout: history keeps the causes, undo goes back, a paused one stays', async () => {
    await kubectl('annotate deployment web kubernetes.io/change-cause=second');
    await kubectl('set image deployment/web website=website:v3.0');
    await expect.poll(() => kubectl('rollout history deployment/web')).toMatch(/second\n\n$/);
    await kubectl('rollout undo deployment/web');
    expect(await path('deployment web', `${container}.image`)).toBe('website:v2.0');
    await kubectl('rollout pause deployment/web');
    expect((await kubectl.try('rollout undo deployment/web')).stderr).toContain('you cannot rollback a paused deployment');
    expect((await kubectl.try('rollout restart deployment/web')).stderr).toContain("can't restart paused deployment");
    await kubectl('rollout resume deployment/web');
    expect((await kubectl.try('rollout undo deployment/web --to-revision=1000')).stderr).toContain(
      'unable to find specified revision 1000 in history',
    );
    expect((await kubectl.try('rollout status deployment/web --timeout=200ms')).stderr).toContain(
      'error: timed out waiting for the condition',
    );
  });

  it('autoscale: one object in both versions', async () => {
    expect(await kubectl('autoscale deployment web --min=2 --max=3 --cpu=70%')).toBe(
      'horizontalpodautoscaler.autoscaling/web autoscaled\n',
    );
    expect(await kubectl('get hpa web --no-headers')).toMatch(/^web +Deployment\/web +cpu: <unknown>\/70% +2 +3 +0 /);
    expect(await path('horizontalpodautoscalers.v1.autoscaling web', '.spec.targetCPUUtilizationPercentage')).toBe('70');
  });
});

describe('replace and delete', () => {
  const pod = (container: string): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: container, image: 'x' }] } });

  it('replace says what may not change; --force makes it anew', async () => {
    await kubectl('create -f -', pod('a'));
    expect((await kubectl.try('replace -f -', pod('b'))).stderr).toContain('spec: Forbidden: pod updates may not change fields other than');
    expect(await kubectl('replace --force -f -', pod('b'))).toBe('pod "p" deleted from default namespace\npod/p replaced\n');
    expect(await path('pod p', '.spec.containers[*].name')).toBe('b');
  });

  it('patch: the no-op, the wrong type, the stale version', async () => {
    const patch = (text: string, ...more: string[]) => kubectl.try(['patch', 'pod', 'p', ...more, '-p', text]);
    expect((await patch('{"metadata":{"labels":{"a":"b"}}}')).stdout).toBe('pod/p patched\n');
    expect((await patch('{"metadata":{"labels":{"a":"b"}}}')).stdout).toBe('pod/p patched (no change)\n');
    expect((await patch('{"metadata":{"labels":"x"}}')).stderr).toBe(
      'The request is invalid: patch: Invalid value: "map[metadata:map[labels:x]]": cannot restore map from string\n',
    );
    expect((await patch('{"metadata":{"resourceVersion":"99999"}}')).stderr).toContain('please apply your changes to the latest version');
    expect((await patch('[{"op":"remove","path":"/spec/none"}]', '--type=json')).code).toBe(1);
  });

  it('delete: what is meant has to be said; orphans stay, the foreground waits', async () => {
    expect((await kubectl.try('delete pods')).stderr).toContain('resource(s) were provided, but no name was specified');
    expect((await kubectl.try('delete pods --all -l a=b')).code).toBe(1);
    expect(await kubectl('delete pod p --now')).toBe('pod "p" deleted from default namespace\n');
    await kubectl('create deployment kept --image=website:v1.0');
    await expect.poll(() => kubectl('get pods -l app=kept -o name')).not.toBe('');
    await kubectl('delete deployment kept --cascade=orphan');
    expect(await kubectl('get replicasets -l app=kept -o name')).toMatch(/^replicaset\.apps\/kept-/);
    await kubectl('delete replicasets -l app=kept --cascade=foreground');
    expect(await kubectl('get pods -l app=kept -o name')).toBe('');
    expect(await kubectl('delete configmap -l none=such -A')).toBe('No resources found\n');
    expect((await kubectl.try('delete namespace default')).stderr).toContain(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  it('delete of a namespace waits for what has finalizers', async () => {
    await kubectl('create namespace slow');
    await kubectl('create configmap held -n slow');
    await kubectl('patch configmap held -n slow -p {"metadata":{"finalizers":["example.com/hold"]}}');
    await kubectl('delete namespace slow --wait=false');
    const remaining = '.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message';
    await expect
      .poll(() => path('namespace slow', remaining))
      .toBe('Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances');
    expect((await kubectl.try('create configmap late -n slow')).stderr).toContain('because it is being terminated');
    await kubectl('patch configmap held -n slow -p {"metadata":{"finalizers":null}}');
    await kubectl('wait namespace/slow --for=delete --timeout=30s');
  });
});

describe('nodes', () => {
  it('taint, cordon and drain a node whose kubelet is away', async () => {
    await kubectl(
      'create -f -',
      JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'away', labels: { drained: 'yes' } } }),
    );
    expect(await kubectl('taint node away dedicated=foo:PreferNoSchedule')).toBe('node/away tainted\n');
    expect((await kubectl.try('taint node away dedicated=bar:PreferNoSchedule')).stderr).toContain('--overwrite is false');
    expect(await kubectl('taint node away dedicated-')).toBe('node/away untainted\n');
    await kubectl(['run', 'stuck', '--image=x', '--overrides={"spec":{"nodeName":"away"}}']);
    const dry = await kubectl('drain -l drained=yes --force --dry-run=server');
    expect(dry).toContain('evicting pod default/stuck (server dry run)');
    expect((await kubectl.try('drain away')).stderr).toContain(
      'cannot delete Pods that declare no controller (use --force to override): default/stuck',
    );
    expect(await kubectl('get node away --no-headers')).toMatch(/^away +Unknown,SchedulingDisabled /);
    expect(await kubectl('uncordon away')).toBe('node/away uncordoned\n');
    await kubectl('delete pod stuck --force');
    expect(await kubectl('delete node away')).toBe('node "away" deleted\n');
  });
});
