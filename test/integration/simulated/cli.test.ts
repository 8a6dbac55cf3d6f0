import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ClusterStatus } from '../../../src/cluster/context.ts';
import { execute, kubectlFor, type Ran } from '../../support/clients.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-simulated-'));
const kubeconfig = join(home, 'kubeconfig');
/** No engine answers here: simulated clusters must do without. */
const env = { XDG_STATE_HOME: join(home, 'state'), KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` };
const program = join(import.meta.dirname, '../../../bin/shoal');
const directory = (cluster: string): string => join(env.XDG_STATE_HOME, 'shoal/clusters', cluster);

const attempt = (args: string, input?: string, signal?: AbortSignal): Promise<Ran> =>
  execute(program, args.split(' '), { env, ...(input === undefined ? {} : { input }), ...(signal === undefined ? {} : { signal }) });
async function shoal(args: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await attempt(args, input);
  if (code !== 0) throw new Error(`shoal ${args} exited with ${code}: ${stderr}${stdout}`);
  return stdout;
}
const statusOf = async (cluster: string): Promise<ClusterStatus> => JSON.parse(await shoal(`status ${cluster} -o json`)) as ClusterStatus;
const kubectl = kubectlFor(kubeconfig);
const pidOf = (cluster: string): number => Number(readFileSync(join(directory(cluster), 'server.pid'), 'utf8'));
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

const file = `
apiVersion: shoal.dev/v1alpha1
kind: Cluster
name: lab
nodes:
  - role: control-plane
    taints: [{ key: node-role.kubernetes.io/control-plane, effect: NoSchedule }]
  - role: worker
    labels: { disk: ssd }
    resources: { cpu: 2, memory: 1Gi }
  - role: worker
    name: lab-b
networking: { podSubnet: 10.50.0.0/16, serviceSubnet: 10.51.0.0/16 }
controllers: { nodeMonitorGracePeriod: 2s, nodeMonitorPeriod: 500ms }
`;

afterAll(async () => {
  // By name: --all would take whatever an engine holds.
  for (const name of ['lab', 'other', 'cut']) await attempt(`down ${name}`);
  rmSync(home, { recursive: true });
});

describe('a simulated cluster, driven by the command line', { timeout: 60_000 }, () => {
  test('comes up as its file says, without an engine', async () => {
    await shoal('up --simulate -f -', file);
    const status = await statusOf('lab');
    expect(status).toMatchObject({ state: 'running', simulated: true, kubeconfig: { context: 'shoal-lab' } });
    expect(status.nodes.map(({ name, role, ready, podCIDR }) => [name, role, ready, podCIDR])).toEqual([
      ['lab-control-plane', 'control-plane', true, '10.50.0.0/24'],
      ['lab-b', 'worker', true, '10.50.2.0/24'],
      ['lab-worker', 'worker', true, '10.50.1.0/24'],
    ]);
    expect(await kubectl('get nodes -l disk=ssd -o jsonpath={.items[*].metadata.name}:{.items[*].status.capacity.cpu}')).toBe(
      'lab-worker:2',
    );
    expect(await kubectl('get service kubernetes -o jsonpath={.spec.clusterIP}')).toBe('10.51.0.1');
    expect(await shoal('list')).toMatch(/^lab +running, simulated +3\/3/m);
    expect(await shoal('up --simulate -f -', file)).toContain('up already');
    expect(await attempt('up --simulate --name lab')).toMatchObject({ code: 5, stderr: expect.stringContaining('CLUSTER_EXISTS') });
  });

  test('runs a Deployment, with logs, and says what it has not', async () => {
    await kubectl('create deployment web --image=nginx --replicas=4');
    await kubectl('expose deployment web --port=80');
    await kubectl('rollout status deployment/web --timeout=20s');
    expect(await kubectl('logs deployment/web')).toContain('simulated container nginx started');
    expect(await kubectl('get pods -o jsonpath={.items[*].spec.nodeName}')).not.toContain('control-plane');
    expect(await attempt('load nginx --name lab')).toMatchObject({ code: 5, stderr: expect.stringContaining('[SIMULATED]') });
    const { gateway } = await statusOf('lab');
    const page = await fetch(`http://127.0.0.1:${new URL(gateway.url).port}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('web.default')]);
  });

  test('tells all that there is to know of it', async () => {
    const report = join(home, 'report');
    expect(await shoal(`export ${report}`)).toContain(`files to ${report}`);
    expect(readdirSync(report)).toEqual(
      expect.arrayContaining(['events.txt', 'machine.json', 'objects', 'status.json', 'timeline.txt', 'why.txt']),
    );
    expect(JSON.parse(readFileSync(join(report, 'machine.json'), 'utf8'))).toContainEqual(
      expect.objectContaining({ check: 'engine', state: 'problem' }),
    );
    expect(readFileSync(join(report, 'timeline.txt'), 'utf8')).toContain('web');
  });

  test('loses a node, whose pods move, and gets it back', async () => {
    await shoal('node kill b --cluster lab');
    expect(await statusOf('lab')).toMatchObject({ state: 'partial', nodes: [{}, { name: 'lab-b', running: false }, {}] });
    await kubectl('wait --for=condition=Ready=Unknown node/lab-b --timeout=20s');
    // On the dead node they stay, terminating, since nobody is left to confirm their end.
    const onWorker = () => kubectl('get pods --field-selector=spec.nodeName=lab-worker,status.phase=Running -o name');
    await expect.poll(async () => (await onWorker()).trim().split('\n').length, { timeout: 20_000 }).toBe(4);
    await shoal('stop lab');
    expect(await statusOf('lab')).toMatchObject({ state: 'stopped' });
    await shoal('start lab');
    expect(await statusOf('lab')).toMatchObject({ state: 'partial', nodes: [{ ready: true }, { running: false }, { ready: true }] });
    await shoal('node start lab-b');
    expect(await statusOf('lab')).toMatchObject({ state: 'running', nodes: [{}, { name: 'lab-b', running: true, ready: true }, {}] });
  });

  test('takes nodes and lets them go', async () => {
    expect(await shoal('node add --cluster lab --cpu 1 --label a=b')).toBe('Node lab-worker2 is Ready.\n');
    expect(await kubectl('get node lab-worker2 -o jsonpath={.metadata.labels.a}:{.status.allocatable.cpu}')).toBe('b:1');
    expect(await attempt('node add lab-worker2 --cluster lab')).toMatchObject({ code: 5, stderr: expect.stringContaining('NODE_EXISTS') });
    await shoal('node remove lab-worker2');
    expect((await statusOf('lab')).nodes.map(({ name }) => name)).not.toContain('lab-worker2');
    expect(await attempt('node kill lab-worker2 --cluster lab')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('NODE_NOT_FOUND'),
    });
  });

  test('keeps what was acknowledged when its process is killed, and its addresses', async () => {
    const before = await statusOf('lab');
    await kubectl('create configmap kept --from-literal=a=b');
    process.kill(pidOf('lab'), 'SIGKILL');
    await expect.poll(async () => (await statusOf('lab')).state).toBe('stopped');
    expect(await attempt('node add --cluster lab')).toMatchObject({ code: 5, stderr: expect.stringContaining('CLUSTER_NOT_RUNNING') });
    await shoal('start lab');
    expect(await kubectl('get configmap kept -o jsonpath={.data.a}')).toBe('b');
    expect(await statusOf('lab')).toEqual(before);
  });

  test('goes back to what it was after up', async () => {
    await kubectl('create configmap left-over');
    const { deleted } = JSON.parse(await shoal('reset lab -o json')) as { deleted: number };
    expect(deleted).toBeGreaterThan(5);
    expect(await kubectl('get pods,deployments,services -o name')).toBe('service/kubernetes\n');
    expect(await kubectl('get configmaps -o name')).toBe('configmap/kube-root-ca.crt\n');
    expect((await statusOf('lab')).nodes.map(({ ready }) => ready)).toEqual([true, true, true]);
  });

  test('stands beside another, and both go without a trace', async () => {
    await shoal('up --simulate --name other --workers 0');
    const [lab, other] = [await statusOf('lab'), await statusOf('other')];
    expect(new Set([lab.apiServer.url, other.apiServer.url, lab.gateway.url, other.gateway.url]).size).toBe(4);
    const pids = [pidOf('lab'), pidOf('other')];
    await Promise.all([shoal('down lab'), shoal('down other')]);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(readdirSync(join(env.XDG_STATE_HOME, 'shoal/clusters'))).toEqual([]);
    expect(readFileSync(kubeconfig, 'utf8')).not.toContain('shoal-');
  });

  test('leaves nothing when up is interrupted', async () => {
    const interrupt = new AbortController();
    const going = attempt('up --simulate --name cut', undefined, interrupt.signal).catch((thrown: Error) => thrown.name);
    await expect.poll(() => existsSync(join(directory('cut'), 'server.pid')), { interval: 5, timeout: 10_000 }).toBe(true);
    const pid = pidOf('cut');
    // SIGTERM.
    interrupt.abort();
    expect(await going).toBe('AbortError');
    await expect.poll(() => existsSync(directory('cut')), { interval: 20, timeout: 10_000 }).toBe(false);
    expect(isRunning(pid)).toBe(false);
  });
});
