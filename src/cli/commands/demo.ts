import { get } from 'node:http';
import { parseAllDocuments } from 'yaml';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/object.ts';
import { allKinds, kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { Deployment } from '../../api/types/apps-v1.ts';
import type { Client } from '../../client/client.ts';
import { createHttpsClient } from '../../client/https.ts';
import { downCluster, loadImages, upCluster } from '../../cluster/cluster.ts';
import type { ClusterContext, UpResult } from '../../cluster/context.ts';
import { dockerDriver } from '../../cluster/docker/docker-driver.ts';
import { nameTaken } from '../../cluster/every-cluster.ts';
import { checkKubeconfig, mergeKubeconfig } from '../../cluster/kubeconfig.ts';
import { websiteImages, websiteManifest } from '../../cluster/sample.ts';
import { defaultClusterSpec } from '../../cluster/spec.ts';
import { type Clock, delay } from '../../util/clock.ts';
import { ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, simulatedClusters, withCluster } from '../context.ts';
import { timeoutOf } from '../duration.ts';
import { printJson } from '../output.ts';
import type { Progress } from '../progress.ts';
import type { Register } from './command.ts';
import { checkName, takeBackIfInterrupted } from './up.ts';

interface DemoFlags extends GlobalOptions {
  name?: string;
  kubeconfig?: string;
  timeout?: string;
  output?: string;
}

const REPLICAS = 3;
const WEBSITE = { name: 'my-website', namespace: 'default' } as const;

/** A cluster of three nodes, a website in three copies, and an address that answers: the whole idea in one command. */
async function demo(cli: CliContext, flags: DemoFlags): Promise<void> {
  const name = flags.name ?? 'demo';
  checkName(name);
  const timeoutMs = timeoutOf(flags.timeout) ?? 600_000;
  const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
  const shown = await withCluster(cli, { ...flags, engine: 'ensured' }, async (context, progress) => {
    const signal = AbortSignal.any([cli.signal, deadline(cli.clock, timeoutMs)]);
    await checkKubeconfig(place);
    if (await simulatedClusters(cli).has(name)) throw nameTaken(name, 'simulated');
    const result = await upWithSample(context, name, { timeoutMs, signal });
    const file = await mergeKubeconfig(result.access, place);
    // An interrupt takes back what this command made; after another failure the cluster stays for a look.
    const website = await withWebsite(context, result, progress, signal).finally(() =>
      takeBackIfInterrupted(
        cli,
        dockerDriver(async () => context),
        result,
        place,
      ),
    );
    return { status: result.status, file, ...website };
  });
  if (flags.output === 'json') {
    printJson(cli, { ...shown.status, url: shown.url, pods: Object.fromEntries(shown.pods) });
    return;
  }
  const rows = [...shown.pods].map(([pod, node]) => `  ${pod} on ${node}`);
  cli.stdout.write(
    [
      `The website answers at ${shown.url}`,
      ...rows,
      '',
      `kubectl uses context ${shown.status.kubeconfig.context} (${shown.file}). Try:`,
      `  kubectl get nodes; kubectl get pods -o wide`,
      `  kubectl set image deployment/my-website website=website:v2.0    # watch ${shown.url} change`,
      `  kubectl scale deployment/my-website --replicas=5`,
      `  shoal node kill ${name}-worker    # its pods move; bring it back: shoal node start ${name}-worker`,
      `  shoal down ${name}`,
      '',
    ].join('\n'),
  );
}

/** The cluster, and the sample's images built while its nodes start; when one of the two fails the other is stopped and undone. */
async function upWithSample(
  context: ClusterContext,
  name: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<UpResult> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const stopOther = (thrown: unknown): never => {
    failed.abort(thrown);
    throw thrown;
  };
  const [made, built] = await Promise.allSettled([
    upCluster({ ...context, signal: either }, defaultClusterSpec(name, REPLICAS - 1), { timeoutMs }).catch(stopOther),
    context.images.website(either).catch(stopOther),
  ]);
  if (made.status === 'fulfilled' && built.status === 'fulfilled') return made.value;
  if (made.status === 'fulfilled' && made.value.created) await downCluster(context, name);
  // What came first is the cause of both.
  throw signal.aborted ? signal.reason : failed.signal.reason;
}

/** Loads, applies and waits until every copy of the website has answered. */
async function withWebsite(
  context: ClusterContext,
  result: UpResult,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ url: string; pods: Map<string, string> }> {
  const step = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
    const since = context.clock.now();
    progress.step({ id: label, label, state: 'started' });
    const made = await work();
    progress.step({ id: label, label, state: 'done', ms: context.clock.now() - since });
    return made;
  };
  await step('Load the sample images', () => loadImages(context, result.status.name, websiteImages));
  const client = createHttpsClient({ ...result.access, clock: context.clock });
  try {
    await step('Apply Deployment and Service my-website', () => apply(client));
    await step('Wait for three ready replicas', () => available(client, signal));
    const url = serviceUrl(result.status.gateway.url);
    const pods = await step(`Fetch ${url} until every replica has answered`, () => everyReplica(url, context.clock, signal));
    return { url, pods };
  } finally {
    client.close();
  }
}

const deadline = (clock: Clock, ms: number): AbortSignal => {
  const controller = new AbortController();
  clock.after(
    ms,
    () =>
      controller.abort(
        new ShoalError('TIMEOUT', `the demo did not finish within ${ms / 1000} s`, {
          next: 'Look with: kubectl get pods; kubectl describe pods',
        }),
      ),
    {
      unref: true,
    },
  );
  return controller.signal;
};

const serviceUrl = (gateway: string): string =>
  gateway.replace(/\/\/[^:/]+/, `//${WEBSITE.name}.${WEBSITE.namespace}.localhost`).replace(/\/?$/, '/');

/** Creates what the manifest holds, or replaces the spec of what is there. */
async function apply(client: Client): Promise<void> {
  for (const document of parseAllDocuments(websiteManifest())) {
    const object = document.toJS() as KubeObject & { spec?: unknown };
    const kind = allKinds.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion) as Kind | undefined;
    if (kind === undefined) throw new Error(`the sample holds a ${object.kind}, which is not a kind`);
    object.metadata.namespace = WEBSITE.namespace;
    await client.create(kind, object).catch(async (thrown: unknown) => {
      if (!isAlreadyExists(thrown)) throw thrown;
      await client.patch(kind, object.metadata.name ?? '', WEBSITE.namespace, { spec: object.spec }, { type: 'strategic' });
    });
  }
}

const isAvailable = ({ metadata, spec, status }: Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
  (status?.updatedReplicas ?? 0) >= (spec?.replicas ?? 1) &&
  (status?.availableReplicas ?? 0) >= (spec?.replicas ?? 1);

async function available(client: Client, signal: AbortSignal): Promise<void> {
  const events = client.watch(kinds.Deployment, { namespace: WEBSITE.namespace, fieldSelector: `metadata.name=${WEBSITE.name}`, signal });
  for await (const { type, object } of events) if (type !== 'DELETED' && isAvailable(object)) return;
  signal.throwIfAborted();
  throw new ShoalError('TIMEOUT', 'the API server ended the watch before the Deployment was available', { next: 'Run the demo again.' });
}

/** Which pods answered, and on which node each runs. */
async function everyReplica(url: string, clock: Clock, signal: AbortSignal): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  while (seen.size < REPLICAS) {
    const page = await fetchPage(url, signal);
    const pod = /id="pod">([^<]+)</.exec(page)?.[1];
    const node = /id="node">([^<]+)</.exec(page)?.[1];
    if (pod !== undefined && node !== undefined) seen.set(pod, node);
    // A replica that has just become ready reaches the gateway a moment later.
    if (seen.size < REPLICAS) await delay(clock, 20, signal);
  }
  return seen;
}

/** The name resolves to the loopback address by itself in browsers and curl, but not in every resolver: so it goes into the Host header. */
function fetchPage(url: string, signal: AbortSignal): Promise<string> {
  const { port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/', headers: { host }, signal, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('error', (failure) => reject(signal.aborted ? signal.reason : failure));
  });
}

export const registerDemo: Register = (program, cli) => {
  const command = program
    .command('demo')
    .description('make a cluster of three nodes with a website in three copies, and print its address')
    .option('--name <name>', 'name of the cluster (default: "demo")')
    .option('--kubeconfig <file>', 'merge the access into this file')
    .option('--timeout <duration>', 'how long it may take (default: 10m)')
    .option('-o, --output <format>', 'json for programs')
    .addHelpText('after', '\nExamples:\n  shoal demo\n  shoal demo --name lab\n');
  command.action(() => demo(cli, command.optsWithGlobals<DemoFlags>()));
};
