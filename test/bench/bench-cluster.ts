import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downCluster } from '../../src/cluster/cluster.ts';
import { connectCluster } from '../../src/cluster/connect.ts';
import type { ClusterContext } from '../../src/cluster/context.ts';
import { repositoryRoot } from '../../src/cluster/image/assets.ts';
import { systemClock } from '../../src/util/clock.ts';
import { silentLogger } from '../../src/util/log.ts';
import { execute, kubectlFor } from '../support/clients.ts';
import { say } from './measure.ts';

/** Every cluster of the benchmark is called this, and something. */
const prefix = 'bench';

export interface BenchCluster {
  name: string;
  /** Control plane first. */
  nodes: string[];
  kubectl: ReturnType<typeof kubectlFor>;
  gateway: string;
}

export interface Bench {
  context: ClusterContext;
  /** How often the longer measurements are repeated. */
  rounds: number;
  nodeNames(cluster: string): string[];
  clusterName(suffix: string): string;
  /** Runs `bin/shoal` to its end as a user would, with a kubeconfig of the benchmark's own. Rejects when it fails. */
  shoal(...args: string[]): Promise<string>;
  /** The cluster of three nodes that sections share; made when first asked for. */
  cluster(): Promise<BenchCluster>;
  close(): Promise<void>;
}

export async function startBench(rounds: number): Promise<Bench> {
  const context = await connectCluster({ clock: systemClock, log: silentLogger, note: say });
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const clusterName = (suffix: string): string => `${prefix}-${suffix}`;
  const nodeNames = (name: string): string[] => [`${name}-control-plane`, `${name}-worker`, `${name}-worker2`];
  const shared = clusterName('shared');
  let cluster: Promise<BenchCluster> | undefined;

  const shoal = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await execute(join(repositoryRoot, 'bin/shoal'), args, { env: { KUBECONFIG: kubeconfig } });
    if (code !== 0) throw new Error(`shoal ${args.join(' ')} exited with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const makeCluster = async (): Promise<BenchCluster> => {
    await downCluster(context, shared);
    await context.images.node();
    const up = JSON.parse(await shoal('up', '--name', shared, '-o', 'json')) as { gateway: { url: string } };
    return { name: shared, nodes: nodeNames(shared), kubectl: kubectlFor(kubeconfig), gateway: up.gateway.url };
  };

  return {
    context,
    rounds,
    nodeNames,
    clusterName,
    shoal,
    cluster: () => {
      cluster ??= makeCluster();
      return cluster;
    },
    async close() {
      // Those that a failed section left are found by name.
      const names = new Set((await context.provider.nodes()).map((node) => node.cluster));
      for (const name of names) if (name.startsWith(`${prefix}-`)) await downCluster(context, name);
      rmSync(directory, { recursive: true });
    },
  };
}
