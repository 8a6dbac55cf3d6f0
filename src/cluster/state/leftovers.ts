import { kinds } from '../../api/scheme.ts';
import type { Client } from '../../client/client.ts';
import type { ClusterContext } from '../context.ts';
import { eventually } from '../eventually.ts';
import { nodePaths } from '../role-config.ts';

/** Id and pod's uid of each container of the node's own engine. */
const containers = `docker ps -a --format '{{.ID}} {{.Label "io.kubernetes.pod.uid"}}'`;

/**
 * Resolves when the nodes hold nothing of pods and volumes that the API no longer has. Such pods are not given their grace:
 * nothing that they could still write would be kept.
 */
export async function clearLeftovers(
  context: ClusterContext,
  client: Client,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      await eventually(() => endPods(context, client, node), { clock: context.clock, signal });
      await removeVolumes(context, client, node);
    }),
  );
}

/** What runs is looked at before the API is asked: a container's pod was in the API before it. Throws while there is any. */
async function endPods(context: ClusterContext, client: Client, node: string): Promise<void> {
  const found = (await run(context, node, containers)).map((line) => line.split(' ') as [string, string?]);
  const pods = await client.list(kinds.Pod, { fieldSelector: `spec.nodeName=${node}` });
  const wanted = new Set(pods.items.map(({ metadata }) => metadata.uid));
  const left = found.filter(([, uid = '']) => uid !== '' && !wanted.has(uid)).map(([id]) => id);
  if (left.length === 0) return;
  // Those that stopped by themselves meanwhile make it fail, which is no harm.
  await run(context, node, `docker kill ${left.join(' ')} >/dev/null 2>&1 || true`);
  throw new Error(`${left.length} containers of former pods are left`);
}

async function removeVolumes(context: ClusterContext, client: Client, node: string): Promise<void> {
  const found = await run(context, node, `ls -1 ${nodePaths.localPath} 2>/dev/null || true`);
  const volumes = await client.list(kinds.PersistentVolume);
  const wanted = new Set(volumes.items.map(({ spec }) => spec?.hostPath?.path));
  const left = found.map((name) => `${nodePaths.localPath}/${name}`).filter((path) => !wanted.has(path));
  if (left.length > 0) await run(context, node, `rm -rf ${left.map((path) => `'${path}'`).join(' ')}`);
}

async function run(context: ClusterContext, node: string, script: string): Promise<string[]> {
  const { exitCode, stdout, stderr } = await context.provider.exec(node, ['/bin/sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`${node}: ${stderr.trim()}`);
  return stdout.split('\n').filter((line) => line !== '');
}
