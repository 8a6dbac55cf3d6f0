import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientBinary, execute, type Ran } from '../../support/clients.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { makeChart } from './chart.ts';

/** The life of a release with the real Helm 4: every test goes on where the one before ended. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
const chart = makeChart();
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 2 });
  kubectl = cluster.kubectl;
  await kubectl('create namespace shop');
});
afterAll(async () => {
  await cluster.stop();
  chart.remove();
});

const attempt = (args: string[]): Promise<Ran> => {
  const own = `${chart.path}/.helm`;
  const env = { HELM_CACHE_HOME: own, HELM_CONFIG_HOME: own, HELM_DATA_HOME: own };
  return execute(clientBinary('helm'), ['--kubeconfig', cluster.kubeconfig, '-n', 'shop', ...args], { env });
};
async function helm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(args);
  if (code !== 0) throw new Error(`helm ${args.join(' ')} exited with ${code}: ${stderr}${stdout}`);
  return stdout;
}
const waiting = ['--wait', '--timeout', '40s'];
const path = (what: string, path: string): Promise<string> => kubectl(['-n', 'shop', 'get', what, '-o', `jsonpath={${path}}`]);
const revisions = async (): Promise<[number, string][]> =>
  (JSON.parse(await helm('history', 'web', '-o', 'json')) as { revision: number; status: string }[]).map((one) => [
    one.revision,
    one.status,
  ]);

test('is Helm 4', async () => {
  expect(await helm('version', '--short')).toMatch(/^v4\./);
});

test('install: definition first, then the hook, then the rest; all of it ready when --wait returns', async () => {
  expect(await helm('install', 'web', chart.path, ...waiting)).toContain('STATUS: deployed');
  expect(await path('deployment/web', '.status.readyReplicas')).toBe('2');
  expect(await path('widget/web', '.spec.size')).toBe('2');
  expect(await kubectl('-n shop auth can-i list pods --as=system:serviceaccount:shop:web')).toBe('yes\n');
  expect((await kubectl.try('-n shop get job web-migrate')).stderr).toContain('jobs.batch "web-migrate" not found');
  expect(await kubectl('-n shop get events')).toMatch(/Completed\s+job\/web-migrate\s+Job completed/);
});

test('templates see the server: its version, its kinds and its objects', async () => {
  expect(JSON.parse(await path('configmap/web-facts', '.data'))).toEqual({
    server: expect.stringMatching(/^v1\.36\./),
    deployments: 'true',
    nonsense: 'false',
    found: 'kube-system',
    missing: 'true',
  });
});

test('the release is a Secret, found by its labels', async () => {
  expect(await kubectl('-n shop get secrets -l owner=helm,name=web,status=deployed -o name')).toBe('secret/sh.helm.release.v1.web.v1\n');
  expect(await path('secret/sh.helm.release.v1.web.v1', '.type')).toBe('helm.sh/release.v1');
  const data = await path('secret/sh.helm.release.v1.web.v1', '.data.release');
  const release = JSON.parse(gunzipSync(Buffer.from(Buffer.from(data, 'base64').toString(), 'base64')).toString());
  expect(release).toMatchObject({ name: 'web', namespace: 'shop', version: 1, info: { status: 'deployed' } });
  expect(await helm('get', 'manifest', 'web')).toContain('kind: Deployment');
  expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([{ name: 'web', revision: '1', status: 'deployed' }]);
});

test('the chart’s own test is a pod that has to succeed', async () => {
  expect(await helm('test', 'web', '--timeout', '40s')).toMatch(/TEST SUITE:\s+web-check\n[\s\S]*Phase:\s+Succeeded/);
  expect(await path('pod/web-check', '.status.phase')).toBe('Succeeded');
});

test('upgrade: what changed is changed, and owned by Helm’s server-side apply', async () => {
  await helm('upgrade', 'web', chart.path, '--set', 'image=website:v2.0,replicas=3', ...waiting);
  expect(await path('deployment/web', '.spec.template.spec.containers[0].image')).toBe('website:v2.0');
  expect(await path('deployment/web', '.status.updatedReplicas')).toBe('3');
  const managers = await kubectl(
    '-n shop get deployment web --show-managed-fields -o jsonpath={.metadata.managedFields[?(@.operation=="Apply")].manager}',
  );
  expect(managers).toBe('helm');
  expect(await revisions()).toEqual([
    [1, 'superseded'],
    [2, 'deployed'],
  ]);
});

test('rollback: as revision 1 was', async () => {
  expect(await helm('rollback', 'web', '1', ...waiting)).toContain('Rollback was a success');
  expect(await path('deployment/web', '.spec.template.spec.containers[0].image')).toBe('website:v1.0');
  expect(await path('widget/web', '.spec.size')).toBe('2');
});

test('a hook that fails stops an upgrade and stays to be looked at', async () => {
  const { code, stderr } = await attempt(['upgrade', 'web', chart.path, '--set', 'migration=3,image=website:v3.0', ...waiting]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/pre-upgrade hooks failed/);
  expect(await path('deployment/web', '.spec.template.spec.containers[0].image')).toBe('website:v1.0');
  expect(await path('job/web-migrate', '.status.conditions[?(@.type=="Failed")].reason')).toBe('BackoffLimitExceeded');
  expect((await revisions()).at(-1)).toEqual([4, 'failed']);
});

test('a test that fails fails', async () => {
  await helm('upgrade', 'web', chart.path, '--set', 'check=1', ...waiting);
  const { code, stdout, stderr } = await attempt(['test', 'web', '--timeout', '40s']);
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(/Phase:\s+Failed/);
});

test('uninstall: nothing of the release is left but its definition', async () => {
  expect(await helm('uninstall', 'web', ...waiting)).toContain('release "web" uninstalled');
  expect(await kubectl('-n shop get deployments,services,widgets,roles,rolebindings,secrets -o name')).toBe('');
  expect(await kubectl('get crd widgets.example.com -o name')).toContain('widgets.example.com');
  expect(await helm('list', '-q')).toBe('');
});
