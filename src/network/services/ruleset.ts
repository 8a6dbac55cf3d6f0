import { createHash } from 'node:crypto';
import type { Backend, HostPort, ServicePort } from './model.ts';

/**
 * The node's nftables rules as data: named chains, sets and map elements below one table. Two of them can be compared, so
 * that an update touches only what changed: affinity sets keep their members and the cost follows the change.
 */
export interface Ruleset {
  /** Chain name → its declaration and rules. */
  chains: Map<string, string[]>;
  /** Set name → its declaration. */
  sets: Map<string, string>;
  /** Map name → key → verdict (or no verdict, for plain sets of keys). */
  elements: Map<string, Map<string, string>>;
}

export interface NodeFacts {
  /** Of all pods in the cluster. */
  clusterCIDR: string;
  /** Of this node's pods. */
  podCIDR: string;
  serviceCIDR: string;
  /** Answered on this node itself, never rewritten. */
  clusterDNS: string;
}

export const TABLE = 'ip shoal';
/** kube-proxy's masquerade mark. */
const MARK = '0x4000';

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);
const label = (id: string): string => id.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 60);

const maps: Record<string, string> = {
  'service-ips': 'type ipv4_addr . inet_proto . inet_service : verdict',
  'node-ports': 'type inet_proto . inet_service : verdict',
  'no-endpoint-services': 'type ipv4_addr . inet_proto . inet_service : verdict',
  'no-endpoint-node-ports': 'type inet_proto . inet_service : verdict',
};

export const mapDeclarations = (): string =>
  Object.entries(maps)
    .map(([name, type]) => `add map ${TABLE} ${name} { ${type}; }\n`)
    .join('');

/** The chains that are there whatever the services are. */
function baseChains(facts: NodeFacts): Map<string, string[]> {
  return new Map([
    [
      'services',
      [
        `ip daddr ${facts.clusterDNS} return`,
        'ip daddr . meta l4proto . th dport vmap @service-ips',
        'fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports',
      ],
    ],
    ['refuse', ['reject']],
    ['prerouting', ['type nat hook prerouting priority dstnat; policy accept;', 'jump services']],
    ['output', ['type nat hook output priority -100; policy accept;', 'jump services']],
    [
      'postrouting',
      [
        'type nat hook postrouting priority srcnat; policy accept;',
        `meta mark & ${MARK} == ${MARK} meta mark set meta mark ^ ${MARK} masquerade`,
        // Pods leave the cluster under the node's address; inside it they keep their own.
        `ip saddr ${facts.podCIDR} ip daddr != { ${facts.clusterCIDR}, ${facts.serviceCIDR}, 224.0.0.0/4 } fib daddr type != local masquerade`,
      ],
    ],
    [
      'filter-input',
      ['type filter hook input priority filter; policy accept;', 'ct state new meta l4proto . th dport vmap @no-endpoint-node-ports'],
    ],
    [
      'filter-forward',
      [
        'type filter hook forward priority filter; policy accept;',
        'ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services',
      ],
    ],
    [
      'filter-output',
      [
        'type filter hook output priority filter; policy accept;',
        'ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services',
      ],
    ],
  ]);
}

export function buildRuleset(services: readonly ServicePort[], ports: readonly HostPort[], facts: NodeFacts): Ruleset {
  const rules: Ruleset = {
    chains: baseChains(facts),
    sets: new Map(),
    elements: new Map(Object.keys(maps).map((name) => [name, new Map<string, string>()])),
  };
  const element = (map: string, key: string, verdict: string): void => void rules.elements.get(map)?.set(key, verdict);
  for (const service of services) {
    const where = (ip: string): string => `${ip} . ${service.protocol} . ${service.port}`;
    const refuse = 'goto refuse';
    if (service.internal.length > 0) {
      const chain = balance(rules, service, 'svc', service.internal);
      for (const ip of service.clusterIPs) if (ip !== facts.clusterDNS) element('service-ips', where(ip), `goto ${chain}`);
    } else for (const ip of service.clusterIPs) if (ip !== facts.clusterDNS) element('no-endpoint-services', where(ip), refuse);

    if (service.nodePort === undefined && service.externalIPs.length === 0) continue;
    const nodePort = `${service.protocol} . ${service.nodePort}`;
    if (service.external.length > 0) {
      const inner = balance(rules, service, service.externalLocal ? 'loc' : 'svc', service.external);
      const outer = `ext-${label(service.id)}-${short(service.id)}`;
      // Answers must come back through this node, unless the policy keeps traffic (and the client's address) local.
      rules.chains.set(outer, service.externalLocal ? [`goto ${inner}`] : [`meta mark set meta mark | ${MARK}`, `goto ${inner}`]);
      for (const ip of service.externalIPs) element('service-ips', where(ip), `goto ${outer}`);
      if (service.nodePort !== undefined) element('node-ports', nodePort, `goto ${outer}`);
    } else {
      for (const ip of service.externalIPs) element('no-endpoint-services', where(ip), refuse);
      if (service.nodePort !== undefined) element('no-endpoint-node-ports', nodePort, refuse);
    }
  }
  for (const port of ports) {
    const chain = `hostport-${port.protocol}-${port.hostPort}-${short(`${port.hostIP}${port.ip}:${port.port}`)}`;
    rules.chains.set(chain, [
      `ip saddr ${port.ip} meta mark set meta mark | ${MARK}`,
      `meta l4proto ${port.protocol} dnat to ${port.ip}:${port.port}`,
    ]);
    if (port.hostIP === undefined) element('node-ports', `${port.protocol} . ${port.hostPort}`, `goto ${chain}`);
    else element('service-ips', `${port.hostIP} . ${port.protocol} . ${port.hostPort}`, `goto ${chain}`);
  }
  return rules;
}

/** The chain that spreads a service port's traffic over backends; with affinity, a client keeps its backend. */
function balance(rules: Ruleset, service: ServicePort, prefix: string, backends: readonly Backend[]): string {
  const chain = `${prefix}-${label(service.id)}-${short(service.id)}`;
  const ends = backends.map((backend) => endpoint(rules, service, backend));
  const lines: string[] = [];
  if (service.affinitySeconds !== undefined) for (const end of ends) lines.push(`ip saddr @${end.affinity} goto ${end.chain}`);
  const first = ends[0];
  if (ends.length === 1 && first !== undefined) lines.push(`goto ${first.chain}`);
  else lines.push(`numgen random mod ${ends.length} vmap { ${ends.map((end, index) => `${index} : goto ${end.chain}`).join(', ')} }`);
  rules.chains.set(chain, lines);
  return chain;
}

function endpoint(rules: Ruleset, service: ServicePort, backend: Backend): { chain: string; affinity: string } {
  const id = `${service.id}/${service.protocol}/${backend.ip}:${backend.port}`;
  const chain = `ep-${short(id)}-${label(service.id)}`;
  const affinity = `aff-${short(id)}`;
  const lines: string[] = [];
  if (service.affinitySeconds !== undefined) {
    rules.sets.set(affinity, `type ipv4_addr; flags dynamic,timeout; timeout ${service.affinitySeconds}s;`);
    lines.push(`update @${affinity} { ip saddr }`);
  }
  // A pod that reaches itself through its service must see another source, or it answers itself directly.
  lines.push(`ip saddr ${backend.ip} meta mark set meta mark | ${MARK}`);
  lines.push(`meta l4proto ${service.protocol} dnat to ${backend.ip}:${backend.port}`);
  rules.chains.set(chain, lines);
  return { chain, affinity };
}
