import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { checkSpec } from '../../cluster/config/check.ts';
import { loadConfig } from '../../cluster/config/load.ts';
import type { UpResult } from '../../cluster/context.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { checkKubeconfig, type KubeconfigPlace, mergeKubeconfig, removeKubeconfig } from '../../cluster/kubeconfig.ts';
import { type ClusterSpec, defaultClusterSpec, nodeName, plainNode } from '../../cluster/spec.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { timeoutOf } from '../duration.ts';
import { printJson } from '../output.ts';
import { clusterName, DEFAULT_NAME, type Register } from './command.ts';
import { awaitDeadline } from './ttl.ts';

export interface UpFlags extends GlobalOptions {
  file?: string;
  name?: string;
  workers?: number;
  simulate?: boolean;
  retain?: boolean;
  timeout?: string;
  wait?: string;
  ttl?: string;
  registry?: boolean;
  kubeconfig?: string;
  output?: string;
}

/** Without a file or a flag: a control plane and two workers, so that there is something to schedule between. */
const DEFAULT_WORKERS = 2;

/** The default range has room for 256 nodes; a simulated cluster of more takes 32,768 ranges that overlap no other default. */
const MANY_NODES = 200;
const WIDE_POD_SUBNET = '10.128.0.0/9';

/** Flag over environment over file over default. */
export async function specFor(cli: CliContext, flags: UpFlags): Promise<{ spec: ClusterSpec; warnings: string[] }> {
  const { spec, warnings } = await askedFor(cli, flags);
  if (flags.registry === true) spec.registry ??= { port: 0 };
  return { spec, warnings };
}

async function askedFor(cli: CliContext, flags: UpFlags): Promise<{ spec: ClusterSpec; warnings: string[] }> {
  const name = flags.name ?? cli.env['SHOAL_CLUSTER_NAME'];
  if (flags.file === undefined) {
    const spec = defaultClusterSpec(clusterName(cli, name), flags.workers ?? DEFAULT_WORKERS);
    if (flags.simulate === true && spec.nodes.length > MANY_NODES) spec.networking.podSubnet = WIDE_POD_SUBNET;
    checkName(spec.name);
    const [problem] = checkSpec(spec);
    if (problem !== undefined) throw new ShoalError('USAGE', `${problem.path.join('.')}: ${problem.message}`);
    return { spec, warnings: [] };
  }
  const { spec, warnings } = loadConfig(await configText(cli, flags.file), flags.file === '-' ? 'stdin' : flags.file, {
    defaultName: DEFAULT_NAME,
    ...(name === undefined ? {} : { name }),
  });
  checkName(spec.name);
  if (flags.workers !== undefined) {
    const others = spec.nodes.filter((node) => node.role !== 'worker');
    spec.nodes = [
      ...others,
      ...Array.from({ length: flags.workers }, (_, index) => plainNode(nodeName(spec.name, 'worker', index + 1), 'worker')),
    ];
  }
  return { spec, warnings };
}

async function configText(cli: CliContext, file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(cli.stdin as NodeJS.ReadStream) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new ShoalError('CONFIG_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, {
      next: 'Name an existing file after -f, or - for standard input.',
      cause,
    });
  }
}

/** Node names are host names and add up to 23 characters to the cluster's. */
export function checkName(name: string): void {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 40) return;
  throw new ShoalError('USAGE', `"${name}" cannot be the name of a cluster`, {
    next: 'Use at most 40 lower-case letters, digits and dashes, starting and ending with a letter or digit.',
  });
}

/** Ctrl-C after the cluster was made, but before the command has ended, takes it back too. */
export async function takeBackIfInterrupted(
  cli: CliContext,
  clusters: Pick<ClusterDriver, 'down'>,
  { status, created }: UpResult,
  place: KubeconfigPlace,
): Promise<void> {
  if (!cli.signal.aborted || !created) return;
  await clusters.down(status.name);
  await removeKubeconfig(status.kubeconfig.context, place);
  throw cli.signal.reason;
}

/** Simulated nodes need no engine; for the others one is started or installed. */
const workOptions = (flags: UpFlags) => (flags.simulate === true ? flags : { ...flags, engine: 'ensured' as const });

export async function up(cli: CliContext, flags: UpFlags): Promise<void> {
  const { spec, warnings } = await specFor(cli, flags);
  const timeoutMs = timeoutOf(flags.timeout ?? flags.wait);
  const ttlMs = timeoutOf(flags.ttl) ?? spec.ttlMs;
  const { status, created, file } = await withClusters(cli, workOptions(flags), async (clusters, progress) => {
    for (const warning of warnings) progress.note(warning);
    const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
    await checkKubeconfig(place);
    const result = await clusters.up(spec, {
      ...(flags.retain === undefined ? {} : { retain: flags.retain }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(flags.simulate === undefined ? {} : { simulate: flags.simulate }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
    });
    if (ttlMs !== undefined) {
      const { instance, expires = 0 } = await clusters.lifetime(spec.name);
      awaitDeadline(cli, spec.name, { instance, expires }, flags.kubeconfig);
    }
    const file = await mergeKubeconfig(result.access, place);
    await takeBackIfInterrupted(cli, clusters, result, place);
    return { ...result, file };
  });
  if (flags.output === 'json') {
    printJson(cli, { ...status, kubeconfig: { ...status.kubeconfig, file } });
    return;
  }
  cli.stdout.write(
    [
      `Cluster ${status.name} is ${created ? 'up' : 'up already'}: ${status.nodes.length} ${status.nodes.length === 1 ? 'node' : 'nodes'}.`,
      `  API server  ${status.apiServer.url}`,
      `  Services    ${status.gateway.url.replace('://', '://<service>.<namespace>.')}/`,
      ...(status.registry === undefined ? [] : [`  registry    ${status.registry.host} (docker push ${status.registry.host}/NAME:TAG)`]),
      `  kubeconfig  ${file} (context ${status.kubeconfig.context}, now the current one)`,
      ...(status.expires === undefined ? [] : [`  removes itself at ${status.expires} (see: shoal ttl --help)`]),
      '',
      'Try: kubectl get nodes',
      '',
    ].join('\n'),
  );
}

export const registerUp: Register = (program, cli) => {
  const command = program
    .command('up')
    .description('create a cluster, and return when it is usable')
    .option('-f, --file <file>', "cluster.yaml (Shoal's or kind's), or - for standard input")
    .option('--name <name>', 'name of the cluster (default: $SHOAL_CLUSTER_NAME, the file, or "shoal")')
    .option('--workers <count>', `number of worker nodes (default: ${DEFAULT_WORKERS})`, wholeNumber)
    .option('--simulate', 'simulated nodes in one process: needs no Docker, and pods only pretend to run')
    .option('--retain', 'keep what was made when creation fails, for a look')
    .option('--timeout <duration>', 'how long it may take, such as 5m')
    .option('--ttl <duration>', 'let the cluster remove itself after this time, such as 2h')
    .option('--registry', 'a registry at localhost:PORT, of the same name for docker push and in manifests')
    .option('--kubeconfig <file>', 'merge the access into this file')
    .option('-o, --output <format>', 'json for programs')
    .addHelpText(
      'after',
      '\nExamples:\n  shoal up\n  shoal up --name lab --workers 3\n  shoal up -f cluster.yaml\n  shoal up --simulate --workers 100\n  shoal up --ttl 2h\n  shoal up --registry\n  cat cluster.yaml | shoal up -f -\n\nThe kubeconfig goes to ~/.kube/config unless --kubeconfig or $KUBECONFIG say otherwise.\n',
    );
  command.action((flags: UpFlags) => up(cli, { ...command.optsWithGlobals<UpFlags>(), ...flags }));
};

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new ShoalError('USAGE', `"${text}" is not a whole number`, { next: 'Write digits alone, such as 3.' });
  return Number(text);
}
