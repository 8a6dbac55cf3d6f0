import type { Pod } from '../api/types/core-v1.ts';
import type { Informer, InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { type Run, run as runCommand } from './command.ts';
import { startDnsServer } from './dns/server.ts';
import { upstreamForward } from './dns/upstream.ts';
import { informerZone } from './dns/zone.ts';
import { startPodRoutes } from './routes.ts';
import { startServiceProxy } from './services/proxy.ts';

export interface NodeNetworkOptions {
  informers: InformerFactory;
  /** Pods of this node. */
  pods: Informer<Pod>;
  nodeName: string;
  podCIDR: string;
  clusterCIDR: string;
  serviceCIDR: string;
  clusterDNS: string;
  clusterDomain: string;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  run?: Run;
}

/**
 * The network of one node: routes to the other nodes' pods, Services as nftables rules, and the cluster's DNS, which every
 * node answers itself on the cluster DNS address. Resolves when all three work.
 */
export async function startNodeNetwork(options: NodeNetworkOptions): Promise<void> {
  const { informers, pods, nodeName, podCIDR, clusterCIDR, serviceCIDR, clusterDNS, clock, log, signal } = options;
  const run = options.run ?? runCommand;
  const zone = informerZone(informers, options.clusterDomain);
  await run('ip', ['address', 'replace', `${clusterDNS}/32`, 'dev', 'lo']);
  await Promise.all([
    startPodRoutes({ informers, nodeName, run, clock, log, signal }),
    startServiceProxy({ informers, pods, nodeName, facts: { podCIDR, clusterCIDR, serviceCIDR, clusterDNS }, run, clock, log, signal }),
    zone.synced().then(() => startDnsServer({ address: clusterDNS, view: zone.view, forward: upstreamForward(clock), log, signal })),
  ]);
  log.info(`network up: pods ${podCIDR}, services ${serviceCIDR}, DNS ${clusterDNS}`);
}
