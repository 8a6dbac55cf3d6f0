import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lease } from '../../../src/api/types/coordination-v1.ts';
import type { Node, Pod } from '../../../src/api/types/core-v1.ts';
import type { Fault } from '../../../src/chaos/fault.ts';
import { eventually } from '../../../src/cluster/eventually.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { execute } from '../../support/clients.ts';
import { type RealCluster, realCluster, shellPod } from '../../support/e2e.ts';

/** Every fault on real nodes: seen from inside the cluster, and gone without a trace. Named faults end early, the others by themselves. */
const name = 'eb-chaos';
const [worker, worker2] = [`${name}-worker`, `${name}-worker2`] as const;
const config = `
nodes:
  - role: control-plane
    taints: [{ key: node-role.kubernetes.io/control-plane, effect: NoSchedule }]
  - role: worker
    count: 2
controllers:
  nodeMonitorGracePeriod: 4s
`;
let cluster: RealCluster;

const inNode = async (node: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await execute('docker', ['exec', node, 'sh', '-c', script]);
  if (code !== 0) throw new Error(`${script}: exit code ${code}: ${stdout}${stderr}`);
  return stdout.trim();
};
const get = async <T>(...args: string[]): Promise<T> => JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as T;
const chaos = (...args: string[]): Promise<string> => cluster.shoal(['chaos', ...args, '--name', name]);
const undo = (fault: string): Promise<string> => chaos('undo', fault);
const ready = async (node: string): Promise<string | undefined> =>
  (await get<Node>('node', node)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const readyTurns = (node: string, status: string) => expect.poll(() => ready(node)).toBe(status);
const over = (fault: string) => expect.poll(async () => (await get<Fault>('fault', fault)).status?.phase).toBe('Undone');

/** What busybox's ping says: the share that is lost, and the fastest round trip in milliseconds. */
const pinged = (said: string): { lost: number; fastest: number } => ({
  lost: Number(/(\d+)% packet loss/.exec(said)?.[1]),
  fastest: Number(/min.* = ([\d.]+)\//.exec(said)?.[1]),
});
const addressOf = async (node: string): Promise<string> => (await get<Node>('node', node)).status?.addresses?.[0]?.address ?? '';
/** What the Service's pod sends: 400,000 bytes. */
const download = (): Promise<string> => cluster.sh('client', `wget -q -T 3 -O - ${file} | wc -c`);
const downloads = () => expect.poll(download).toContain('400000');
const file = 'http://server:9000/zeros';
const toService = ['--from', 'pods/app=client', '--to', 'service/server'];

/** Whatever a fault may leave in a node. */
const traces = (node: string): Promise<string> =>
  inNode(
    node,
    'nft list tables | grep shoal-fault; ip rule | grep fwmark; ip link | grep shoalf; ls -A /var/lib/shoal | grep fault; ' +
      'for p in /proc/[0-9]*; do tr "\\0" "\\n" < $p/environ 2>/dev/null | grep SHOAL_FAULT; grep -s "State:.*stopped" $p/status; done; true',
  );

beforeAll(async () => {
  cluster = await realCluster({ name, config });
  await cluster.shoal(['load', 'website:v1.0', '--name', name]);
  // They stay with their node whatever it is tainted with.
  const on = (nodeName: string) => ({ spec: { nodeName, tolerations: [{ operator: 'Exists' }] } });
  await cluster.apply(
    shellPod('server', 'mkdir -p /tmp/files; head -c 400000 /dev/zero > /tmp/files/zeros; exec httpd -f -p 9000 -h /tmp/files', on(worker)),
    shellPod('client', 'sleep 100000', on(worker2)),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'server' }, spec: { selector: { app: 'server' }, ports: [{ port: 9000 }] } },
  );
  await cluster.kubectl('wait pod/server pod/client --for=condition=Ready --timeout=60s');
  await eventually(
    async () => {
      if (!(await download()).includes('400000')) throw new Error('the service does not answer yet');
    },
    { clock: systemClock, signal: AbortSignal.timeout(20_000) },
  );
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe('the network', () => {
  test('is cut between pods and a Service', async () => {
    await chaos('network', 'cut', ...toService, '--as', 'cut', '--for', '5m');
    expect(await download()).toBe('0\n');
    expect(await chaos('list')).toMatch(/^cut +NetworkCut +pods app=client in default <-> default\/server +Active +[45]m/m);
    await undo('cut');
    await downloads();
  });

  test('delays each round trip: of connections to a Service, and between nodes', async () => {
    await chaos('network', 'delay', ...toService, '--delay', '3s', '--as', 'delay', '--for', '5m');
    // The first answer is there after three seconds, the first byte after six.
    expect(await cluster.sh('client', `timeout 4 wget -q -O - ${file} | wc -c`)).toBe('0\n');
    expect(await cluster.sh('client', `timeout 20 wget -q -O - ${file} | head -c 10 | wc -c`)).toBe('10\n');
    await undo('delay');
    await downloads();
    await chaos('network', 'delay', '--from', worker, '--to', worker2, '--delay', '400ms', '--as', 'far', '--for', '5m');
    const ping = `busybox ping -q -c 5 -i 0.02 -W 5 ${await addressOf(worker2)}`;
    expect(pinged(await inNode(worker, ping)).fastest).toBeGreaterThanOrEqual(400);
    await undo('far');
    expect(pinged(await inNode(worker, ping)).fastest).toBeLessThan(400);
  });

  test('lets only so many bytes through', async () => {
    await chaos('network', 'throttle', ...toService, '--rate', '20Ki', '--as', 'throttle', '--for', '5m');
    const slow = Number(await cluster.sh('client', `timeout 4 wget -q -O - ${file} | wc -c`));
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan(300_000);
    await undo('throttle');
    await downloads();
  });

  test('loses packets between pods', async () => {
    const ip = (await get<Pod>('pod', 'server')).status?.podIP ?? '';
    const lost = async (): Promise<number> => pinged(await cluster.sh('client', `ping -q -c 60 -i 0.02 -W 2 ${ip} || true`)).lost;
    expect(await lost()).toBe(0);
    await chaos(
      'network',
      'drop',
      '--from',
      'pods/app=client',
      '--to',
      'pods/app=server',
      '--percent',
      '50',
      '--as',
      'drop',
      '--for',
      '5m',
    );
    const share = await lost();
    expect(share).toBeGreaterThan(40);
    expect(share).toBeLessThan(100);
    await undo('drop');
    expect(await lost()).toBe(0);
  });
});

describe('a node', () => {
  test('loses its cable, but can be told to find it again', async () => {
    await chaos('node', 'disconnect', worker, '--as', 'off', '--for', '10m');
    await readyTurns(worker, 'Unknown');
    expect(await download()).toBe('0\n');
    await cluster.kubectl('delete fault off --timeout=30s');
    await readyTurns(worker, 'True');
    await downloads();
  });

  test('stands still until its time is up, and goes on', async () => {
    await chaos('node', 'pause', worker, '--as', 'pause', '--for', '7s');
    expect(await inNode(worker, 'grep State: /proc/$(cat /run/service/kubelet/supervise/pid)/status')).toContain('stopped');
    await readyTurns(worker, 'Unknown');
    await over('pause');
    await readyTurns(worker, 'True');
    await downloads();
  });

  test('dies with all that runs on it, and comes back', async () => {
    const restarts = async (): Promise<number> => (await get<Pod>('pod', 'server')).status?.containerStatuses?.[0]?.restartCount ?? 0;
    const before = await restarts();
    await chaos('node', 'kill', worker, '--as', 'kill', '--for', '10m');
    expect(await inNode(worker, 'cat /proc/[0-9]*/comm | grep -c -e dockerd -e containerd -e httpd || true')).toBe('0');
    await readyTurns(worker, 'Unknown');
    await undo('kill');
    await readyTurns(worker, 'True');
    await expect.poll(restarts).toBeGreaterThan(before);
    await downloads();
  });

  test('restarts', async () => {
    const kubelet = (): Promise<string> => inNode(worker, 'cat /run/service/kubelet/supervise/pid');
    const before = await kubelet();
    await chaos('node', 'restart', worker, '--as', 'restart');
    await over('restart');
    await expect.poll(kubelet).not.toBe(before);
    await downloads();
  });

  test('has no room, no memory, no processor left', async () => {
    const free = async (): Promise<number> => Number(await inNode(worker, "df -m /var/lib/shoal | tail -n 1 | awk '{ print $3 }'"));
    const filler = (): Promise<string> => inNode(worker, 'du -m /var/lib/shoal/.shoal-fault-* 2>/dev/null | cut -f1');
    await chaos('disk', worker, '--size', '600Mi', '--as', 'disk', '--for', '5m');
    expect(Number(await filler())).toBeGreaterThanOrEqual(600);
    expect(await free()).toBeGreaterThan(0);
    const used = async (): Promise<number> => {
      const { stdout } = await execute('docker', [
        'exec',
        worker,
        'sh',
        '-c',
        'cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes 2>/dev/null',
      ]);
      return Number(stdout.trim()) / 2 ** 20;
    };
    const before = await used();
    await chaos('memory', worker, '--size', '400Mi', '--as', 'memory', '--for', '5m');
    await expect.poll(used).toBeGreaterThan(before + 300);
    await chaos('cpu', worker, '--cores', '1', '--as', 'cpu', '--for', '5m');
    // Ticks that the fault's processes have spent.
    const spent = async (): Promise<number> =>
      Number(
        await inNode(
          worker,
          'cat $(grep -las SHOAL_FAULT /proc/[0-9]*/environ | sed s/environ/stat/) | awk "{ sum += \\$14 } END { print sum }"',
        ),
      );
    const earlier = await spent();
    await expect.poll(spent).toBeGreaterThan(earlier + 20);
    await chaos('undo', 'disk', 'memory', 'cpu');
    await expect.poll(used).toBeLessThan(before + 300);
    expect(await traces(worker)).toBe('');
  });

  test('has a wrong clock, and gets no images', async () => {
    const behind = async (): Promise<number> => {
      const { spec } = await get<Lease>('lease', worker, '-n', 'kube-node-lease');
      return Math.round((Date.now() - Date.parse(spec?.renewTime ?? '')) / 3_600_000) + 0;
    };
    await chaos('clock', worker, '--offset=-2h', '--as', 'clock', '--for', '5m');
    await expect.poll(behind).toBe(2);
    await chaos('images', 'fail', worker, '--as', 'images', '--for', '5m');
    await cluster.apply(shellPod('picture', 'true', { container: { image: 'nowhere.invalid/picture:v1' }, spec: { nodeName: worker } }));
    const message = async (): Promise<string | undefined> =>
      (await get<Pod>('pod', 'picture')).status?.containerStatuses?.[0]?.state?.waiting?.message;
    await expect.poll(message).toContain('pulls fail on purpose (fault images)');
    await chaos('undo', 'clock', 'images');
    await expect.poll(behind).toBe(0);
  });
});

describe('whatever happens', () => {
  test('the API server comes back after a crash', async () => {
    const server = (): Promise<string> => inNode(`${name}-control-plane`, 'cat /run/service/server/supervise/pid');
    const before = await server();
    await chaos('control-plane', 'crash', 'apiserver', '--as', 'crash', '--for', '1m');
    await expect.poll(server).not.toBe(before);
    await over('crash');
  });

  test('the death of the command line ends nothing early and leaves nothing behind', async () => {
    const env = { ...process.env, ...cluster.env };
    const campaign = spawn(
      new URL('../../../bin/shoal', import.meta.url).pathname,
      ['chaos', 'run', '--name', name, '--seed', '5', '--for', '60s', '--longest', '6s', '--actions', 'network,clock'],
      { env, stdio: 'ignore', detached: true },
    );
    const faults = async (): Promise<Fault[]> => (await get<{ items: Fault[] }>('faults', '-l', 'chaos.shoal.dev/campaign=5')).items;
    await expect.poll(async () => (await faults()).map(({ status }) => status?.phase)).toContain('Active');
    process.kill(-(campaign.pid ?? 0), 'SIGKILL');
    await once(campaign, 'exit');
    await expect.poll(async () => (await faults()).every(({ status }) => status?.phase === 'Undone')).toBe(true);
  });

  test('an agent that dies is followed by one that undoes what it left', async () => {
    await chaos('network', 'delay', ...toService, '--delay', '5s', '--as', 'orphan', '--for', '10m');
    await inNode(worker2, 'kill -9 $(cat /run/service/faults/supervise/pid)');
    await over('orphan');
    await downloads();
  });

  test('nothing is left in any node', async () => {
    await expect.poll(async () => [await traces(worker), await traces(worker2)]).toEqual(['', '']);
    expect(await chaos('undo', '--all')).not.toContain('Error');
    await readyTurns(worker, 'True');
  });
});
