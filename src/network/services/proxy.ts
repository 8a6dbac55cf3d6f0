import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Node, Pod, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import type { Informer, InformerFactory } from '../../client/informer.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/log.ts';
import type { Run } from '../command.ts';
import { syncLoop } from '../sync-loop.ts';
import { forgetUdp } from './conntrack.ts';
import { createHealthChecks } from './health-checks.ts';
import { type HealthCheck, healthCheckOf, hostPorts, type Place, type ServicePort, servicePorts, sliceServiceKey } from './model.ts';
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
  const { informers, pods, nodeName, facts, run, log, signal } = options;
  const services: Informer<Service> = informers.informer(kinds.Service);
  const slices: Informer<EndpointSlice> = informers.informer(kinds.EndpointSlice);
  slices.addIndex('service', (slice) => [sliceServiceKey(slice)]);
  /** Services are cut into ports once per change of theirs, not once per change of anything. */
  const cut = new Map<string, ServicePort[]>();
  const checks = new Map<string, HealthCheck>();
  const healthChecks = createHealthChecks(log);
  signal.addEventListener('abort', () => healthChecks.close(), { once: true });
  const nodes = informers.informer(kinds.Node);
  const zoneOf = (node: Node | undefined): string | undefined => node?.metadata.labels?.['topology.kubernetes.io/zone'];
  let applied: Ruleset | undefined;

  async function sync(): Promise<void> {
    healthChecks.set([...checks.values()]);
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
    const place: Place = { nodeName, zone: zoneOf(nodes.get(nodeName)) };
    const own = slices.byIndex('service', key);
    if (service === undefined) cut.delete(key);
    else cut.set(key, servicePorts(service, own, place));
    const check = service === undefined ? undefined : healthCheckOf(service, own, place);
    if (check === undefined) checks.delete(key);
    else checks.set(key, check);
    loop.trigger();
  };
  const ofService = {
    add: (one: Service) => refresh(keyOf(one)),
    update: (one: Service) => refresh(keyOf(one)),
    delete: (one: Service) => refresh(keyOf(one)),
  };
  const ofSlice = (slice: EndpointSlice): void => refresh(sliceServiceKey(slice));
  const ofNode = (node: Node, previous?: Node): void => {
    if (node.metadata.name === nodeName && zoneOf(node) !== zoneOf(previous)) for (const key of cut.keys()) refresh(key);
  };
  nodes.on({ add: (node) => ofNode(node), update: ofNode });
  services.on(ofService);
  slices.on({ add: ofSlice, update: ofSlice, delete: ofSlice });
  const addresses = (pod: Pod): string => `${pod.status?.podIP ?? ''} ${pod.status?.phase ?? ''}`;
  const hasHostPort = (pod: Pod): boolean => hostPorts([pod]).length > 0;
  pods.on({
    add: (pod) => hasHostPort(pod) && loop.trigger(),
    update: (pod, previous) => (hasHostPort(pod) || hasHostPort(previous)) && addresses(pod) !== addresses(previous) && loop.trigger(),
    delete: (pod) => hasHostPort(pod) && loop.trigger(),
  });
  await Promise.all([services.synced(), slices.synced(), pods.synced(), nodes.synced()]);
  await loop.start();
}
