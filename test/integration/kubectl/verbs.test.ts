import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../support/clients.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** Every verb of the real kubectl that does not need a process inside a container (those are in test/e2e). */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
let directory: string;
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 3 });
  kubectl = cluster.kubectl;
  directory = mkdtempSync(join(tmpdir(), 'kubectl-'));
});
afterAll(async () => {
  await cluster.stop();
  rmSync(directory, { recursive: true });
});

const deployment = (name: string, image = 'website:v1.0', replicas = 2): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - {name: website, image: "${image}", ports: [{containerPort: 80}]}
`;
const json = async (args: string): Promise<Record<string, never>> => JSON.parse(await kubectl(`${args} -o json`)) as Record<string, never>;
const ready = (name: string): Promise<string> => kubectl(`rollout status deployment/${name} --timeout=30s`);

describe('kubectl', () => {
  it('get: nodes are Ready, in table, wide, json, yaml, name and jsonpath', async () => {
    await kubectl('wait node --all --for=condition=Ready --timeout=30s');
    const table = await kubectl('get nodes');
    expect(table.split('\n')[0]).toMatch(/^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION$/);
    expect(table.match(/\bReady\b/g)).toHaveLength(3);
    expect(await kubectl('get nodes -o wide')).toContain('INTERNAL-IP');
    expect(await kubectl('get nodes -o name')).toBe('node/node-0\nnode/node-1\nnode/node-2\n');
    expect(await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])).toBe('node-0 node-1 node-2');
    expect(await kubectl('get ns default -o yaml')).toContain('phase: Active');
  });

  it('apply: creates, says unchanged, configures', async () => {
    expect(await kubectl('apply -f -', deployment('apply'))).toBe('deployment.apps/apply created\n');
    expect(await kubectl('apply -f -', deployment('apply'))).toBe('deployment.apps/apply unchanged\n');
    expect(await kubectl('apply -f -', deployment('apply', 'website:v2.0'))).toBe('deployment.apps/apply configured\n');
    await ready('apply');
    expect(await kubectl(['get', 'deployment', 'apply', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'])).toBe('website:v2.0');
    expect(await kubectl('diff -f -', deployment('apply', 'website:v2.0'))).toBe('');
  });

  it('create: every generator', async () => {
    await kubectl('create namespace made');
    await kubectl('create deployment web --image=website:v1.0 --replicas=2 -n made');
    await kubectl('create service clusterip web --tcp=80:80 -n made');
    await kubectl('create configmap settings --from-literal=a=1 -n made');
    await kubectl('create secret generic keys --from-literal=b=2 -n made');
    await kubectl('create serviceaccount robot -n made');
    await kubectl('create role reader --verb=get --resource=pods -n made');
    await kubectl('create rolebinding reading --role=reader --serviceaccount=made:robot -n made');
    await kubectl('create job once --image=website:v1.0 -n made');
    await kubectl(['create', 'cronjob', 'often', '--image=website:v1.0', '--schedule=*/5 * * * *', '-n', 'made']);
    await kubectl('create quota small --hard=pods=10 -n made');
    expect(await kubectl('auth can-i get pods --as=system:serviceaccount:made:robot -n made')).toBe('yes\n');
    expect((await kubectl.try('auth can-i delete pods --as=system:serviceaccount:made:robot -n made')).stdout).toBe('no\n');
    expect((await kubectl('create token robot -n made')).split('.')).toHaveLength(3);
    expect(await kubectl('get all -n made')).toContain('deployment.apps/web');
    await kubectl('delete namespace made --timeout=30s');
    expect((await kubectl.try('get namespace made')).stderr).toBe('Error from server (NotFound): namespaces "made" not found\n');
  });

  it('describe: pods, nodes, deployments and services, with events', async () => {
    await kubectl('apply -f -', deployment('described'));
    await ready('described');
    await kubectl('expose deployment described --port=8000 --target-port=80');
    expect(await kubectl('describe deployment described')).toMatch(/ScalingReplicaSet .* Scaled up replica set described-\w+ from 0 to 2/);
    // kubectl leaves events out when it describes several objects at once.
    const [pod = ''] = (await kubectl('get pods -l app=described -o name')).split('\n');
    const pods = await kubectl(`describe ${pod}`);
    expect(pods).toMatch(/Scheduled .* Successfully assigned default\/described-\w+-\w+ to node-\d/);
    expect(pods).toMatch(/Node-Selectors:\s+<none>\nTolerations:\s+node.kubernetes.io\/not-ready:NoExecute op=Exists for 300s/);
    expect(await kubectl('describe service described')).toMatch(/Endpoints:\s+[\d.]+:80,[\d.]+:80/);
    expect(await kubectl('describe node node-0')).toContain('Allocated resources:');
  });

  it('edit: opens the object in $EDITOR and sends what was changed', async () => {
    await kubectl('create configmap edited --from-literal=color=red');
    const editor = join(directory, 'editor');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/color: red/color: blue/" "$1"\n');
    chmodSync(editor, 0o755);
    const { code, stdout } = await execute(kubectl.program, ['--kubeconfig', cluster.kubeconfig, 'edit', 'configmap', 'edited'], {
      env: { EDITOR: editor, KUBE_EDITOR: editor },
    });
    expect([code, stdout]).toEqual([0, 'configmap/edited edited\n']);
    expect(await kubectl(['get', 'cm', 'edited', '-o', 'jsonpath={.data.color}'])).toBe('blue');
  });

  it('patch: strategic, merge and JSON', async () => {
    await kubectl('apply -f -', deployment('patched'));
    await kubectl([
      'patch',
      'deployment',
      'patched',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"sidecar","image":"website:v1.0"}]}}}}',
    ]);
    await kubectl(['patch', 'deployment', 'patched', '--type=merge', '-p', '{"metadata":{"labels":{"tier":"front"}}}']);
    await kubectl(['patch', 'deployment', 'patched', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":1}]']);
    const found = await json('get deployment patched');
    expect(found).toMatchObject({
      metadata: { labels: { tier: 'front' } },
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'sidecar' }, { name: 'website' }] } } },
    });
  });

  it('label and annotate: set, refuse to overwrite, overwrite, remove', async () => {
    await kubectl('create configmap tagged');
    await kubectl('label configmap tagged color=red');
    expect((await kubectl.try('label configmap tagged color=blue')).stderr).toContain(
      "'color' already has a value (red), and --overwrite is false",
    );
    await kubectl('label configmap tagged color=blue --overwrite');
    await kubectl('annotate configmap tagged note=hello');
    expect(await json('get configmap tagged')).toMatchObject({ metadata: { labels: { color: 'blue' }, annotations: { note: 'hello' } } });
    expect(await kubectl('get configmap -l color=blue -o name')).toBe('configmap/tagged\n');
    await kubectl('label configmap tagged color-');
    expect(await kubectl('get configmap -l color=blue -o name')).toBe('');
  });

  it('scale: up, down, with a precondition', async () => {
    await kubectl('apply -f -', deployment('scaled'));
    await kubectl('scale deployment/scaled --replicas=5');
    await ready('scaled');
    expect((await kubectl('get pods -l app=scaled -o name')).trim().split('\n')).toHaveLength(5);
    expect((await kubectl.try('scale deployment/scaled --current-replicas=2 --replicas=3')).stderr).toContain(
      'Expected replicas to be 2, was 5',
    );
    await kubectl('scale deployment/scaled --replicas=0');
    await kubectl('wait pod -l app=scaled --for=delete --timeout=40s');
  });

  it('rollout and set image: status, history, undo, restart, pause, resume', async () => {
    await kubectl('apply -f -', deployment('rolled'));
    await ready('rolled');
    expect(await kubectl('set image deployment/rolled website=website:v2.0')).toBe('deployment.apps/rolled image updated\n');
    expect(await ready('rolled')).toContain('successfully rolled out');
    expect((await kubectl('rollout history deployment/rolled')).trim().split('\n').slice(-2)).toEqual([
      '1         <none>',
      '2         <none>',
    ]);
    expect(await kubectl('rollout history deployment/rolled --revision=1')).toContain('website:v1.0');
    await kubectl('rollout undo deployment/rolled');
    await ready('rolled');
    const image = ['get', 'deployment', 'rolled', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'];
    expect(await kubectl(image)).toBe('website:v1.0');
    await kubectl('rollout restart deployment/rolled');
    await ready('rolled');
    expect(await kubectl('get deployment rolled -o yaml')).toContain('kubectl.kubernetes.io/restartedAt');
    await kubectl('rollout pause deployment/rolled');
    await kubectl('set image deployment/rolled website=website:v3.0');
    await kubectl('rollout resume deployment/rolled');
    await ready('rolled');
    expect(await kubectl(image)).toBe('website:v3.0');
  });

  it('explain and api-resources: from OpenAPI and discovery', async () => {
    expect(await kubectl('explain pod.spec.containers.image')).toMatch(/FIELD: image <string>[\s\S]*Container image name/);
    expect(await kubectl('explain deployment --recursive')).toContain('maxUnavailable');
    expect(await kubectl('explain service.spec.clusterIP --output=plaintext-openapiv2')).toContain(
      'clusterIP is the IP address of the service',
    );
    const resources = await kubectl('api-resources');
    for (const line of [
      /^pods\s+po\s+v1\s+true\s+Pod$/m,
      /^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m,
      /^nodes\s+no\s+v1\s+false\s+Node$/m,
    ])
      expect(resources).toMatch(line);
    expect(await kubectl('api-versions')).toContain('apps/v1');
    expect(await kubectl('version')).toMatch(/Server Version: v1\.36/);
  });

  it('wait, delete, cordon, drain and taint', async () => {
    await kubectl('apply -f -', deployment('gone', 'website:v1.0', 3));
    await kubectl('wait deployment/gone --for=condition=Available --timeout=30s');
    await kubectl('cordon node-1');
    expect(await kubectl('get node node-1')).toContain('Ready,SchedulingDisabled');
    await kubectl('drain node-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s');
    await ready('gone');
    expect(await kubectl(['get', 'pods', '-l', 'app=gone', '-o', 'jsonpath={.items[*].spec.nodeName}'])).not.toContain('node-1');
    await kubectl('uncordon node-1');
    await kubectl('taint node node-1 dedicated=x:NoSchedule');
    await kubectl('taint node node-1 dedicated-');
    expect(await kubectl('delete deployment gone')).toBe('deployment.apps "gone" deleted from default namespace\n');
    await kubectl('wait pod -l app=gone --for=delete --timeout=40s');
  });
});

describe('what kubectl is told when the input is wrong', () => {
  const refused: [string, string, RegExp][] = [
    [
      'an unknown field',
      deployment('bad').replace('replicas: 2', 'replicas: 2\n  colour: red'),
      /strict decoding error: unknown field "spec\.colour"/,
    ],
    [
      'a wrong type',
      deployment('bad').replace('replicas: 2', 'replicas: many'),
      /cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
    ],
    ['a name too long', deployment('b'.repeat(254)), /metadata\.name: Invalid value: "b+": must be no more than 253 (characters|bytes)/],
    ['a missing selector', deployment('bad').replace(/ {2}selector.*\n/, ''), /spec\.selector: Required value/],
    [
      'a selector that does not match',
      deployment('bad').replace('matchLabels: {app: bad}', 'matchLabels: {app: other}'),
      /`selector` does not match template `labels`/,
    ],
    [
      'an unknown kind',
      'apiVersion: apps/v1\nkind: Deploymint\nmetadata: {name: x}',
      /no matches for kind "Deploymint" in version "apps\/v1"/,
    ],
    ['broken YAML', 'kind: [', /error converting YAML to JSON|error parsing/],
  ];
  it.each(refused)('%s', async (_what, manifest, expected) => {
    const { code, stderr } = await kubectl.try('apply -f -', manifest);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(expected);
  });
});
