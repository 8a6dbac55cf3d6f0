import { kinds } from '../api/scheme.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { Run } from './command.ts';
import { syncLoop } from './sync-loop.ts';

const addressOf = (node: Node): string | undefined => node.status?.addresses?.find((one) => one.type === 'InternalIP')?.address;

/** Pod CIDR → address of the node that has it, for every node but this one. Simulated nodes have no network to route to. */
export function routesFor(nodes: readonly Node[], nodeName: string): Map<string, string> {
  const routes = new Map<string, string>();
  for (const node of nodes) {
    const address = addressOf(node);
    const cidr = node.spec?.podCIDR;
    const simulated = node.metadata.labels?.['shoal.dev/simulated'] !== undefined;
    if (node.metadata.name === nodeName || address === undefined || cidr === undefined || cidr === '' || simulated) continue;
    routes.set(cidr, address);
  }
  return routes;
}

/** Keeps one route per peer's pod network, so that pods reach each other without NAT. Resolves when the first are in. */
export async function startPodRoutes(options: {
  informers: InformerFactory;
  nodeName: string;
  run: Run;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { informers, nodeName, run } = options;
  const nodes = informers.informer(kinds.Node);
  let applied = new Map<string, string>();
  async function sync(): Promise<void> {
    const wanted = routesFor(nodes.list(), nodeName);
    const lines: string[] = [];
    for (const [cidr, via] of wanted) if (applied.get(cidr) !== via) lines.push(`route replace ${cidr} via ${via}`);
    for (const cidr of applied.keys()) if (!wanted.has(cidr)) lines.push(`route del ${cidr}`);
    if (lines.length === 0) return;
    await run('ip', ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
    applied = wanted;
  }
  const loop = syncLoop('pod routes', sync, options);
  nodes.on({ add: loop.trigger, update: loop.trigger, delete: loop.trigger });
  await nodes.synced();
  await loop.start();
}
