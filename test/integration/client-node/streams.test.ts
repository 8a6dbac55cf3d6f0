import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  Attach,
  CoreV1Api,
  Cp,
  Exec,
  KubeConfig,
  Log,
  Metrics,
  PortForward,
  topNodes,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** What the JavaScript client streams, through the API server to the kubelet. Commands run as processes of this machine. */
let cluster: InProcessCluster;
const config = new KubeConfig();
const website = createServer((_request, response) => response.setHeader('connection', 'close').end('from the pod'));
const namespace = 'default';
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1, processes: true });
  config.loadFromFile(cluster.kubeconfig);
  await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
  await run('web');
});
afterAll(async () => {
  website.close();
  await cluster.stop();
});

async function run(name: string, annotations: Record<string, string> = {}): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const container = { name: 'web', image: 'website:v1.0' };
  const body: V1Pod = {
    metadata: { name, labels: { app: name }, annotations },
    spec: { containers: [container], restartPolicy: 'Never' },
  };
  await core.createNamespacedPod({ namespace, body });
  await cluster.kubectl(`wait pod/${name} --for=jsonpath={.status.containerStatuses[0].containerID} --timeout=30s`);
}

describe('exec', () => {
  const exec = async (command: string[], stdin: Readable | null = null) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const status = Promise.withResolvers<V1Status>();
    await new Exec(config).exec(namespace, 'web', 'web', command, stdout, stderr, stdin, false, (end) => {
      stdout.end();
      stderr.end();
      status.resolve(end);
    });
    const [out, err, end] = await Promise.all([text(stdout), text(stderr), status.promise]);
    return { out, err, end };
  };

  it('keeps output and errors apart and tells the exit code', async () => {
    const { out, err, end } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 4']);
    expect([out, err]).toEqual(['out\n', 'err\n']);
    expect(end).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '4' }] },
    });
  });

  it('gives a large output whole', async () => {
    const { out, end } = await exec(['sh', '-c', 'head -c 300000 /dev/zero | tr "\\0" x']);
    expect([out.length, end.status]).toEqual([300_000, 'Success']);
  });

  it('in a container that is not there fails', async () => {
    await expect(new Exec(config).exec(namespace, 'web', 'none', ['date'], null, null, null, false)).rejects.toThrow();
  });
});

describe('attach, cp and logs', () => {
  it('attach speaks with what runs', async () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const socket = await new Attach(config).attach(namespace, 'web', 'web', stdout, null, stdin, false);
    const heard = new Promise<string>((resolve) => stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    stdin.write('knock');
    expect(await heard).toBe('KNOCK');
    socket.close();
  });

  it('cp brings files there and back', async () => {
    const [local, remote, back] = ['local', 'remote', 'back'].map((name) => join(cluster.directory, name)) as [string, string, string];
    for (const directory of [local, remote, back]) mkdirSync(directory);
    writeFileSync(join(local, 'page.html'), '<p>hello</p>\n');
    const cp = new Cp(config);
    const page = (directory: string) => () => {
      const file = join(directory, 'page.html');
      return existsSync(file) ? readFileSync(file, 'utf8') : 'nothing';
    };
    // The client does not wait for what it has begun.
    await cp.cpToPod(namespace, 'web', 'web', local, remote);
    await expect.poll(page(remote)).toBe('<p>hello</p>\n');
    await cp.cpFromPod(namespace, 'web', 'web', 'page.html', back, remote);
    await expect.poll(page(back)).toBe('<p>hello</p>\n');
  });

  it('logs follow until the end', async () => {
    await run('brief', { 'shoal.dev/simulate': '{"exitAfter":"300ms"}' });
    const stream = new PassThrough();
    await new Log(config).log(namespace, 'brief', 'web', stream, { follow: true, tailLines: 10, timestamps: false });
    expect(await text(stream)).toBe('simulated container web started, attempt 0\n');
  });
});

describe('port-forward', () => {
  it('carries a request and its answer', async () => {
    const { port } = website.address() as AddressInfo;
    const [input, output] = [new PassThrough(), new PassThrough()];
    const forward = new PortForward(config);
    await forward.portForward(namespace, 'web', [port], output, null, input);
    const answer = new Promise<string>((resolve) => {
      let heard = '';
      output.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (heard.includes('from the pod')) resolve(heard);
      });
    });
    input.write('GET / HTTP/1.1\r\nhost: pod\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe('top', () => {
  it('nodes: what pods request of each', async () => {
    const [node] = await topNodes(config.makeApiClient(CoreV1Api));
    expect([node?.Node.metadata?.name, Number(node?.CPU.Capacity)]).toEqual(['node-0', 4]);
  });

  it('without a metrics server is told that there is none', async () => {
    await expect(new Metrics(config).getNodeMetrics()).rejects.toThrow('Error occurred in metrics request');
  });
});
