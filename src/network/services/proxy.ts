import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import type { Informer, InformerFactory } from '../../client/informer.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/log.ts';
import type { Run } from '../command.ts';
import { syncLoop } from '../sync-loop.ts';
import { hostPorts, type ServicePort, servicePorts, sliceServiceKey } from './model.ts';
import { buildRuleset, type NodeFacts, type Ruleset } from './ruleset.ts';
import { script } from './script.ts';

export interface ServiceProxyOptions {
  informers: InformerFactory;
  /** Pods of this node, for host ports. */
  pods: Informer<Pod>;
  nodeName: string;
  facts: NodeFacts;
  run: Run;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/**
 * kube-proxy's work: keeps this node's nftables rules equal to the Services and EndpointSlices. Resolves when the first
 * rules are in.
 */
export async function startServiceProxy(options: ServiceProxyOptions): Promise<void> {
  const { informers, pods, nodeName, facts, run, log } = options;
  const services: Informer<Service> = informers.informer(kinds.Service);
  const slices: Informer<EndpointSlice> = informers.informer(kinds.EndpointSlice);
  slices.addIndex('service', (slice) => [sliceServiceKey(slice)]);
  /** Services are cut into ports once per change of theirs, not once per change of anything. */
  const cut = new Map<string, ServicePort[]>();
  let applied: Ruleset | undefined;

  async function sync(): Promise<void> {
    const ports = [...cut.values()].flat();
    const wanted = buildRuleset(ports, hostPorts(pods.list()), facts);
    const text = script(applied, wanted);
    if (text === '') return;
    const before = applied;
    // Should this fail, the next try starts from a clean table.
    applied = undefined;
    await run('nft', ['-f', '-'], text);
    applied = wanted;
    await forgetUdp(before, wanted, run, log);
  }
  const loop = syncLoop('service rules', sync, options);
  const refresh = (key: string): void => {
    const service = services.get(key);
    if (service === undefined) cut.delete(key);
    else cut.set(key, servicePorts(service, slices.byIndex('service', key), nodeName));
    loop.trigger();
  };
  const ofService = {
    add: (one: Service) => refresh(keyOf(one)),
    update: (one: Service) => refresh(keyOf(one)),
    delete: (one: Service) => refresh(keyOf(one)),
  };
  const ofSlice = (slice: EndpointSlice): void => refresh(sliceServiceKey(slice));
  services.on(ofService);
  slices.on({ add: ofSlice, update: ofSlice, delete: ofSlice });
  const addresses = (pod: Pod): string => `${pod.status?.podIP ?? ''} ${pod.status?.phase ?? ''}`;
  const hasHostPort = (pod: Pod): boolean => hostPorts([pod]).length > 0;
  pods.on({
    add: (pod) => hasHostPort(pod) && loop.trigger(),
    update: (pod, previous) => (hasHostPort(pod) || hasHostPort(previous)) && addresses(pod) !== addresses(previous) && loop.trigger(),
    delete: (pod) => hasHostPort(pod) && loop.trigger(),
  });
  await Promise.all([services.synced(), slices.synced(), pods.synced()]);
  await loop.start();
}

/**
 * Connection tracking remembers where a UDP "connection" went. When a service gains its first or loses a backend, entries
 * that would send packets to the wrong place are dropped; TCP has its own ends.
 */
async function forgetUdp(before: Ruleset | undefined, after: Ruleset, run: Run, log: Logger): Promise<void> {
  if (before === undefined) return;
  const stale = new Set<string>();
  for (const [name, lines] of before.chains) {
    const target = /meta l4proto udp dnat to ([\d.]+):\d+/.exec(lines.at(-1) ?? '')?.[1];
    if (target !== undefined && !after.chains.has(name)) stale.add(`--reply-src ${target}`);
  }
  for (const key of before.elements.get('no-endpoint-services')?.keys() ?? []) {
    const [ip, protocol] = key.split(' . ');
    if (protocol === 'udp' && after.elements.get('service-ips')?.has(key) === true) stale.add(`--orig-dst ${ip}`);
  }
  for (const filter of stale) {
    await run('conntrack', ['-D', '-p', 'udp', ...filter.split(' ')]).catch((thrown: unknown) => {
      // It exits with 1 when nothing matched.
      log.debug(`conntrack: ${String(thrown)}`);
    });
  }
}
