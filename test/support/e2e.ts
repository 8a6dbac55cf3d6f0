import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { connectEngine } from '../../src/cluster/engine/connect.ts';
import { execute, kubectlFor, type Ran } from './clients.ts';

const program = new URL('../../bin/shoal', import.meta.url).pathname;

function shoalWith(env: Record<string, string>) {
  const attempt = (args: string[], input?: string): Promise<Ran> =>
    execute(program, args, { env, ...(input === undefined ? {} : { input }) });
  async function run(args: string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await attempt(args, input);
    if (code !== 0) throw new Error(`shoal ${args.join(' ')} exited with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
  return Object.assign(run, { try: attempt });
}

/** `bin/shoal` as a user calls it. Rejects with its stderr when it fails; `.try` hands back whatever happened. */
export const shoal = shoalWith({});

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface RealCluster extends AsyncDisposable {
  name: string;
  /** A file of this cluster's own. */
  kubeconfig: string;
  kubectl: ReturnType<typeof kubectlFor>;
  /** Environment for programs that look at `KUBECONFIG`. */
  env: Record<string, string>;
  shoal: ReturnType<typeof shoalWith>;
  docker: Docker;
  /** Where the gateway is published on this machine. */
  gateway: URL;
  /** One request on a connection of its own to `http://<host>.localhost:<gateway>/`; rejects when no answer comes. */
  fetch(host: string, options?: { path?: string; timeoutMs?: number }): Promise<Answer>;
  /** Applies YAML, or objects. */
  apply(...manifests: (string | object)[]): Promise<string>;
  /** `kubectl exec` of a shell command in a pod: what it wrote. Rejects when it fails. */
  sh(pod: string, command: string): Promise<string>;
}

/** A pod of the sample image that runs one shell command. */
export const shellPod = (name: string, command: string, more: { container?: object; spec?: object; labels?: object } = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name, ...more.labels } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'website:v1.0', command: ['sh', '-c', command], ...more.container }],
    ...more.spec,
  },
});

/**
 * A cluster of real nodes made by `bin/shoal up`, with a kubeconfig of its own; disposing it runs `bin/shoal down`. `config` is
 * a cluster.yaml; without one there is a control plane and `workers` workers. What a run that died left under this name goes first.
 */
export async function realCluster(options: { name: string; workers?: number; config?: string }): Promise<RealCluster> {
  const { name, workers = 0, config } = options;
  const directory = mkdtempSync(join(tmpdir(), `shoal-${name}-`));
  const kubeconfig = join(directory, 'kubeconfig');
  const env = { KUBECONFIG: kubeconfig };
  const run = shoalWith(env);
  const remove = async (): Promise<void> => {
    await run(['down', name]);
    rmSync(directory, { recursive: true, force: true });
  };
  await run(['down', name]);
  const how = config === undefined ? ['--workers', String(workers)] : ['-f', '-'];
  const made = await run(['up', '--name', name, ...how, '-o', 'json'], config).catch(async (failure: unknown) => {
    await remove();
    throw failure;
  });
  const gateway = new URL((JSON.parse(made) as { gateway: { url: string } }).gateway.url);
  const { docker } = await connectEngine();
  const kubectl = kubectlFor(kubeconfig);
  return {
    name,
    kubeconfig,
    kubectl,
    env,
    shoal: run,
    docker,
    gateway,
    fetch: (host, { path = '/', timeoutMs = 10_000 } = {}) => fetchThrough(gateway, host, path, timeoutMs),
    apply: (...manifests) =>
      kubectl('apply -f -', manifests.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n---\n')),
    sh: (pod, command) => kubectl(['exec', pod, '--', 'sh', '-c', command]),
    [Symbol.asyncDispose]: remove,
  };
}

function fetchThrough(gateway: URL, host: string, path: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: gateway.port,
        path,
        agent: false,
        headers: { host: `${host}.localhost:${gateway.port}`, connection: 'close' },
        timeout: timeoutMs,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
        response.once('error', reject);
      },
    );
    asked.once('timeout', () => asked.destroy(new Error(`no answer from ${host} within ${timeoutMs} ms`)));
    asked.once('error', reject);
    asked.end();
  });
}
