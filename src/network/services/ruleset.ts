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
const markForMasquerade = `meta mark set meta mark | ${MARK}`;
const LOOPBACK = '127.0.0.0/8';

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);
const label = (id: string): string => id.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 60);

const maps: Record<string, string> = {
  'service-ips': 'type ipv4_addr . inet_proto . inet_service : verdict',
  'node-ports': 'type inet_proto . inet_service : verdict',
  'host-ports': 'type inet_proto . inet_service : verdict',
  'no-endpoint-services': 'type ipv4_addr . inet_proto . inet_service : verdict',
  'no-endpoint-node-ports': 'type inet_proto . inet_service : verdict',
  'cluster-ips': 'type ipv4_addr : verdict',
};

export const mapDeclarations = (): string =>
  Object.entries(maps)
    .map(([name, type]) => `add map ${TABLE} ${name} { ${type}; }\n`)
    .join('');

/**
 * What was sent to a service and still has its address has nowhere to go: it must not leave by the default route, to whoever
 * has that address out there. A port that a service does not have is refused, an address that no service has is dropped
 * (kube-proxy's `cluster-ips-check`).
 */
const strays = ({ serviceCIDR, clusterDNS }: NodeFacts): string[] => [
  'ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services',
  'ct state new ip daddr vmap @cluster-ips',
  `ct state new ip daddr ${serviceCIDR} ip daddr != ${clusterDNS} drop`,
];

/** The chains that are there whatever the services are. */
function baseChains(facts: NodeFacts): Map<string, string[]> {
  return new Map([
    [
      'services',
      [
        `ip daddr ${facts.clusterDNS} return`,
        'ip daddr . meta l4proto . th dport vmap @service-ips',
        'fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports',
        'fib daddr type local meta l4proto . th dport vmap @host-ports',
      ],
    ],
    ['refuse', ['reject']],
    ['prerouting', ['type nat hook prerouting priority dstnat; policy accept;', 'jump services']],
    ['output', ['type nat hook output priority -100; policy accept;', 'jump services']],
    [
      'postrouting',
      [
        'type nat hook postrouting priority srcnat; policy accept;',
        // From the node to itself any source will do, and another one than the program's own may be one that answers do not come from.
        'oifname "lo" return',
        `meta mark & ${MARK} == ${MARK} meta mark set meta mark ^ ${MARK} masquerade`,
        // Pods leave the cluster under the node's address; inside it they keep their own.
        `ip saddr ${facts.podCIDR} ip daddr != { ${facts.clusterCIDR}, ${facts.serviceCIDR}, 224.0.0.0/4 } fib daddr type != local masquerade`,
      ],
    ],
    [
      'filter-input',
      [
        'type filter hook input priority filter; policy accept;',
        // Host ports on the loopback address need route_localnet, which would let neighbours in to what listens there (kubelet's rule).
        `iifname != "lo" ip saddr != ${LOOPBACK} ip daddr ${LOOPBACK} ct state new ct status ! dnat drop`,
        'ct state new meta l4proto . th dport vmap @no-endpoint-node-ports',
      ],
    ],
    ['filter-forward', ['type filter hook forward priority filter; policy accept;', ...strays(facts)]],
    ['filter-output', ['type filter hook output priority filter; policy accept;', ...strays(facts)]],
  ]);
}

export function buildRuleset(services: readonly ServicePort[], ports: readonly HostPort[], facts: NodeFacts): Ruleset {
  const rules: Ruleset = {
    chains: baseChains(facts),
    sets: new Map(),
    elements: new Map(Object.keys(maps).map((name) => [name, new Map<string, string>()])),
  };
  for (const service of services) addService(rules, service, facts);
  for (const port of ports) {
    const chain = `hostport-${port.protocol}-${port.hostPort}-${short(`${port.hostIP}${port.ip}:${port.port}`)}`;
    rules.chains.set(chain, [
      `ip saddr { ${port.ip}, ${LOOPBACK} } ${markForMasquerade}`,
      `meta l4proto ${port.protocol} dnat to ${port.ip}:${port.port}`,
    ]);
    if (port.hostIP === undefined) addElement(rules, 'host-ports', `${port.protocol} . ${port.hostPort}`, `goto ${chain}`);
    else addElement(rules, 'service-ips', `${port.hostIP} . ${port.protocol} . ${port.hostPort}`, `goto ${chain}`);
  }
  return rules;
}

const addElement = (rules: Ruleset, map: string, key: string, verdict: string): void => void rules.elements.get(map)?.set(key, verdict);

/**
 * Refuses what has no endpoint at all; where a policy keeps traffic on this node, which has none, it is dropped instead: other
 * nodes may do better (kube-proxy's difference).
 */
function addService(rules: Ruleset, service: ServicePort, facts: NodeFacts): void {
  const { cluster, local, internalLocal, externalLocal, nodePort, externalIPs } = service;
  const refusal = cluster.length === 0 ? 'goto refuse' : 'drop';
  const everywhere = (): string => balance(rules, service, 'svc', cluster);
  const here = (): string => balance(rules, service, 'loc', local);
  const where = (ip: string): string => `${ip} . ${service.protocol} . ${service.port}`;
  for (const ip of service.clusterIPs) {
    if (ip === facts.clusterDNS) continue;
    addElement(rules, 'cluster-ips', ip, 'goto refuse');
    if ((internalLocal ? local : cluster).length === 0) addElement(rules, 'no-endpoint-services', where(ip), refusal);
    else addElement(rules, 'service-ips', where(ip), `goto ${internalLocal ? here() : everywhere()}`);
  }
  if (nodePort === undefined && externalIPs.length === 0) return;
  const nodePortKey = `${service.protocol} . ${nodePort}`;
  if ((externalLocal ? local : cluster).length === 0) {
    for (const ip of externalIPs) addElement(rules, 'no-endpoint-services', where(ip), refusal);
    if (nodePort !== undefined) addElement(rules, 'no-endpoint-node-ports', nodePortKey, refusal);
  }
  if (cluster.length === 0) return;
  const outer = `ext-${label(service.id)}-${short(service.id)}`;
  rules.chains.set(
    outer,
    externalLocal
      ? [
          // What comes from inside the cluster is not bound by the policy for traffic from outside.
          `ip saddr ${facts.clusterCIDR} goto ${everywhere()}`,
          `fib saddr type local ${markForMasquerade} goto ${everywhere()}`,
          ...(local.length === 0 ? [] : [`goto ${here()}`]),
        ]
      : // Answers must come back through this node.
        [markForMasquerade, `goto ${everywhere()}`],
  );
  for (const ip of externalIPs) addElement(rules, 'service-ips', where(ip), `goto ${outer}`);
  if (nodePort !== undefined) addElement(rules, 'node-ports', nodePortKey, `goto ${outer}`);
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
    // The timeout is the members', so that another one needs no other set, which would forget them.
    rules.sets.set(affinity, 'type ipv4_addr; flags dynamic,timeout;');
    lines.push(`update @${affinity} { ip saddr timeout ${service.affinitySeconds}s }`);
  }
  // A pod that reaches itself through its service must see another source, or it answers itself directly.
  lines.push(`ip saddr ${backend.ip} ${markForMasquerade}`);
  lines.push(`meta l4proto ${service.protocol} dnat to ${backend.ip}:${backend.port}`);
  rules.chains.set(chain, lines);
  return { chain, affinity };
}
