import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Exec, KubeConfig, Log, type V1Pod, type V1Status, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../support/clients.ts';
import { type RealCluster, realCluster, shellPod } from '../../support/e2e.ts';
import { startProgram } from '../../support/running.ts';

let cluster: RealCluster;
let directory: string;

/** Two containers that run: one that has said five lines, and the website. */
const tools = `
apiVersion: v1
kind: Pod
metadata: {name: tools, labels: {app: tools}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: website:v1.0
    command: [sh, -c, 'for i in 1 2 3 4 5; do echo line $i; done; echo trouble; exec sleep 100000']
  - {name: side, image: website:v1.0, env: [{name: DRAIN_SECONDS, value: "0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: tools}
spec: {selector: {app: tools}, ports: [{name: http, port: 8000, targetPort: 80}]}
`;

const once = { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1 } };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-streams-'));
  cluster = await realCluster({
    name: 'ea-kubectl',
    config: 'nodes: [{role: control-plane}, {role: worker}]\nimages: [website:v1.0]\n',
  });
  await cluster.apply(tools);
  await cluster.kubectl('wait --for=condition=Ready pod/tools --timeout=60s');
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const kubectl = (args: string[], options: { input?: string; env?: Record<string, string> } = {}) =>
  execute(cluster.kubectl.program, args, { ...options, env: { ...cluster.env, ...options.env } });
const startKubectl = (args: string[], env: Record<string, string> = {}) =>
  startProgram(cluster.kubectl.program, args, { ...cluster.env, ...env });

const protocols: [string, Record<string, string>][] = [
  ['WebSocket', {}],
  ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
];

describe.concurrent('logs', () => {
  test('come by container, tail, time and prefix', async ({ expect }) => {
    const ran = await cluster.kubectl('logs tools -c main --tail=3');
    expect(ran).toBe('line 4\nline 5\ntrouble\n');
    expect(await cluster.kubectl('logs tools -c main --tail=1 --timestamps')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z trouble\n$/);
    const all = await cluster.kubectl('logs tools --all-containers --prefix');
    expect(all).toContain('[pod/tools/main] line 1\n');
    expect(all).toContain('[pod/tools/side] website v1.0 serves as tools');
    expect(await cluster.kubectl('logs tools')).toContain('line 1');
    expect(await cluster.kubectl('logs -l app=tools -c side')).toContain('website v1.0');
    expect(await cluster.kubectl('logs tools -c main --since-time=2100-01-01T00:00:00Z')).toBe('');
    expect(await cluster.kubectl('logs tools -c main --limit-bytes=6')).toBe('line 1');
    const missing = await cluster.kubectl.try('logs tools -c nobody');
    expect(missing.stderr).toContain('container nobody is not valid for pod tools');
  });

  test('follow a container to its end', async ({ expect }) => {
    await cluster.apply(shellPod('follow', 'for i in 1 2 3; do echo tick $i; sleep 0.3; done', once));
    await cluster.kubectl('wait --for=jsonpath={.status.phase}=Running pod/follow --timeout=30s');
    const { code, stdout } = await kubectl(['logs', '-f', 'follow']);
    expect(code).toBe(0);
    expect(stdout).toBe('tick 1\ntick 2\ntick 3\n');
  });

  test('show the run before the last', async ({ expect }) => {
    await cluster.apply(shellPod('crash', 'echo run by $HOSTNAME; exit 3'));
    await cluster.kubectl('wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod/crash --timeout=60s');
    expect(await cluster.kubectl('logs crash --previous')).toBe('run by crash\n');
  });
});

describe.concurrent('exec', () => {
  test.for(protocols)('over %s keeps streams and the exit code apart', async ([, env], { expect }) => {
    const command = ['exec', 'tools', '-c', 'main', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'];
    const ran = await kubectl(command, { env });
    expect(ran).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 7\n' });
  });

  test.for(protocols)('over %s carries a megabyte each way', async ([, env], { expect }) => {
    const input = randomBytes(512 * 1024).toString('hex');
    const ran = await kubectl(['exec', '-i', 'tools', '-c', 'main', '--', 'cat'], { input, env });
    expect(ran.code).toBe(0);
    expect(createHash('md5').update(ran.stdout).digest('hex')).toBe(createHash('md5').update(input).digest('hex'));
  });

  test.for(protocols)('over %s gives a terminal of the right size', async ([, env], { expect }) => {
    const words = [cluster.kubectl.program, 'exec', '-it', 'tools', '-c', 'main', '--', 'sh'];
    await using shell = startProgram('script', ['-qec', `stty rows 33 cols 101; ${words.join(' ')}`, '/dev/null'], {
      ...cluster.env,
      ...env,
    });
    await shell.until(/[#$] /);
    shell.write('tty; stty size\r');
    await shell.until(/\/dev\/pts\/\d+/);
    await shell.until(/33 101/);
    shell.write('exit 5\r');
    expect(await shell.exit).toBe(5);
  });

  test.for(protocols)('over %s takes a command of a hundred thousand letters', async ([, env], { expect }) => {
    const word = 'a'.repeat(100_000);
    expect(await kubectl(['exec', 'tools', '-c', 'main', '--', 'echo', word], { env })).toMatchObject({ code: 0, stdout: `${word}\n` });
  });

  test('says what cannot be run', async ({ expect }) => {
    const ran = await kubectl(['exec', 'tools', '-c', 'main', '--', 'no-such-program']);
    expect(ran.code).not.toBe(0);
    expect(ran.stdout + ran.stderr).toMatch(/"no-such-program": executable file not found in \$PATH/);
  });
});

describe.concurrent('attach, cp, debug', () => {
  test.for(protocols)('attach over %s talks to the first process', async ([protocol, env], { expect }) => {
    const name = `echo-${protocol.toLowerCase()}`;
    await cluster.apply(
      shellPod(name, 'while read line; do echo got $line; done; echo bye', { ...once, container: { stdin: true, stdinOnce: true } }),
    );
    await cluster.kubectl(`wait --for=condition=Ready pod/${name} --timeout=30s`);
    await using attached = startKubectl(['attach', '-i', name], env);
    attached.write('hello\n');
    await attached.until(/got hello/);
    attached.endInput();
    await attached.until(/bye/);
    expect(await attached.exit).toBe(0);
    await cluster.kubectl(`wait --for=jsonpath={.status.phase}=Succeeded pod/${name} --timeout=30s`);
  });

  test.for(protocols)(
    'attach over %s ends with its input, and leaves a process its own that others may write to',
    async ([protocol, env], { expect }) => {
      const name = `open-${protocol.toLowerCase()}`;
      await cluster.apply(shellPod(name, 'while read line; do echo got $line; done', { ...once, container: { stdin: true } }));
      await cluster.kubectl(`wait --for=condition=Ready pod/${name} --timeout=30s`);
      for (const word of ['hello', 'again']) {
        const attached = await kubectl(['attach', '-i', name], { input: `${word}\n`, env });
        expect(attached.code).toBe(0);
        await expect.poll(async () => (await kubectl(['logs', name])).stdout, { timeout: 10_000 }).toContain(`got ${word}`);
      }
      expect((await kubectl(['get', 'pod', name, '-o', 'jsonpath={.status.phase}'])).stdout).toBe('Running');
    },
  );

  test('cp copies there and back', async ({ expect }) => {
    const content = randomBytes(3_000_000);
    const [there, back] = [join(directory, 'there'), join(directory, 'back')];
    writeFileSync(there, content);
    await cluster.kubectl(['cp', there, 'tools:/tmp/blob', '-c', 'main']);
    await cluster.kubectl(['cp', 'tools:/tmp/blob', back, '-c', 'main']);
    expect(readFileSync(back).equals(content)).toBe(true);
  });

  test('run --rm -i gives back what the command says and its exit code', async ({ expect }) => {
    const args = [
      'run',
      'once',
      '--rm',
      '-i',
      '--restart=Never',
      '--image=website:v1.0',
      '--command',
      '--',
      'sh',
      '-c',
      'read a; echo $a; exit 4',
    ];
    const ran = await kubectl(args, { input: 'said\n' });
    expect(ran.stdout).toContain('said');
    expect(ran.code).toBe(4);
    expect((await cluster.kubectl.try('get pod once')).stderr).toContain('NotFound');
  });

  test('debug adds a container that sees the processes of its target', async ({ expect }) => {
    await cluster.apply(shellPod('patient', 'exec sleep 99999'));
    await cluster.kubectl('wait --for=condition=Ready pod/patient --timeout=30s');
    const look = ['--', 'sh', '-c', 'ps; exec sleep 1000'];
    await kubectl(['debug', 'patient', '--image=website:v1.0', '--target=main', '-c', 'doctor', '--attach=false', ...look]);
    const running = '{.status.ephemeralContainerStatuses[0].state.running.startedAt}';
    await cluster.kubectl(['wait', `--for=jsonpath=${running}`, 'pod/patient', '--timeout=30s']);
    await using logs = startKubectl(['logs', '-f', 'patient', '-c', 'doctor']);
    await logs.until(/sleep 99999/);
    expect(await cluster.kubectl('describe pod patient')).toMatch(/Ephemeral Containers:\n {2}doctor:/);
  });
});

describe.concurrent('port-forward', () => {
  test.for(protocols)('over %s reaches a pod and a Service', async ([, env], { expect }) => {
    for (const target of ['pod/tools', 'service/tools']) {
      await using forward = startKubectl(['port-forward', target, target === 'pod/tools' ? ':80' : ':8000'], env);
      const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) ->/);
      const answers = await Promise.all([1, 2, 3].map(() => fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })));
      for (const answer of answers) expect(await answer.text()).toContain('Hello from version v1.0');
    }
  });

  test('reaches what listens on loopback alone, and says when nobody does', async ({ expect }) => {
    const look = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:7000/page.html'];
    const readinessProbe = { exec: { command: look }, periodSeconds: 1 };
    await cluster.apply(shellPod('loopback', 'exec httpd -f -p 127.0.0.1:7000 -h /website', { container: { readinessProbe } }));
    await cluster.kubectl('wait --for=condition=Ready pod/loopback --timeout=30s');
    await using forward = startKubectl(['port-forward', 'loopback', ':7000', ':7001']);
    const [, open] = await forward.until(/127\.0\.0\.1:(\d+) -> 7000/);
    const [, closed] = await forward.until(/127\.0\.0\.1:(\d+) -> 7001/);
    expect((await fetch(`http://127.0.0.1:${open}/page.html`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${closed}/`)).rejects.toThrow();
    await forward.until(/Connection refused|connection refused/);
  });
});

describe('a pod from beginning to end', () => {
  test('is seen by get -w, wait and describe, and delete waits until it is gone', async () => {
    await using watch = startKubectl(['get', 'pods', '-w', '--field-selector=metadata.name=brief']);
    await cluster.apply(shellPod('brief', 'exec sleep 1000'));
    await cluster.kubectl('wait --for=condition=Ready pod/brief --timeout=30s');
    await watch.until(/brief +0\/1 +Pending[\s\S]*brief +0\/1 +ContainerCreating[\s\S]*brief +1\/1 +Running/);
    const described = await cluster.kubectl('describe pod brief');
    for (const part of [/Status: +Running/, /IP: +10\.244\./, /Started container|Container started/]) expect(described).toMatch(part);
    await cluster.kubectl('delete pod brief');
    await watch.until(/brief +1\/1 +Terminating/);
    expect((await cluster.kubectl.try('get pod brief')).stderr).toContain('pods "brief" not found');
  });
});

describe('the official JavaScript client', () => {
  test('execs, reads logs and watches', async () => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    const [out, err] = [new PassThrough(), new PassThrough()];
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 2'];
      new Exec(config).exec('default', 'tools', 'main', command, out, err, null, false, resolve).catch(reject);
    });
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '2' }] },
    });
    expect([String(out.read()), String(err.read())]).toEqual(['out\n', 'err\n']);

    const logs = new PassThrough();
    await new Log(config).log('default', 'tools', 'main', logs, { tailLines: 2 });
    expect(
      await logs
        .setEncoding('utf8')
        .toArray()
        .then((parts) => parts.join('')),
    ).toBe('line 5\ntrouble\n');

    const seen: string[] = [];
    const deleted = new Promise<void>((resolve, reject) => {
      const on = (phase: string, pod: V1Pod): void => {
        if (pod.metadata?.name !== 'watched') return;
        seen.push(phase);
        if (phase === 'DELETED') resolve();
      };
      new Watch(config)
        .watch('/api/v1/namespaces/default/pods', {}, on, () => undefined)
        .then(async (watching) => {
          await cluster.apply(shellPod('watched', 'true', once));
          await cluster.kubectl('delete pod watched --now');
          await deleted;
          watching.abort();
        }, reject);
    });
    await deleted;
    expect(seen[0]).toBe('ADDED');
    expect(seen.at(-1)).toBe('DELETED');
  });
});
