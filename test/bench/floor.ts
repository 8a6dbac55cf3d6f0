import { downCluster } from '../../src/cluster/cluster.ts';
import { placeNodes } from '../../src/cluster/plan.ts';
import { defaultClusterSpec } from '../../src/cluster/spec.ts';
import type { Bench } from './bench-cluster.ts';
import { timed } from './measure.ts';

/** Looks for the socket, which costs nothing, before it asks the engine. */
const untilEngineAnswers =
  'until [ -S /var/run/docker.sock ]; do sleep 0.01; done; until docker version >/dev/null 2>&1; do sleep 0.01; done';

/**
 * The least that a cluster of three can take: its network and the same three containers, without any role of Shoal's in
 * them, made and started at once, until the engine in each answers. Milliseconds.
 */
export async function bareNodes({ context, clusterName }: Bench): Promise<number> {
  const { provider } = context;
  const name = clusterName('floor');
  const spec = defaultClusterSpec(name, 2);
  const image = await context.images.node();
  await downCluster(context, name);
  try {
    const { ms } = await timed(async () => {
      const network = await provider.createNetwork(name);
      const places = placeNodes(spec, network.subnet);
      await Promise.all(
        spec.nodes.map(async (node) => {
          await provider.createNode({
            cluster: name,
            name: node.name,
            role: node.role,
            image,
            network: network.name,
            ip: places.get(node.name)?.ip ?? '',
            podCIDR: places.get(node.name)?.podCIDR ?? '',
            env: {},
            labels: {},
            files: {},
            ports: [],
            mounts: [],
            resources: {},
          });
          await provider.startNode(node.name);
          const { exitCode, stderr } = await provider.exec(node.name, ['timeout', '60', 'sh', '-c', untilEngineAnswers]);
          if (exitCode !== 0) throw new Error(`the engine in ${node.name} does not answer: ${stderr}`);
        }),
      );
    });
    return ms;
  } finally {
    await downCluster(context, name);
  }
}
