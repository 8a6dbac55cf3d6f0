import { quantityToNumber } from '../../api/quantity.ts';
import type { Injection } from '../executor.ts';
import type { Traffic } from '../fault.ts';
import { agentGroup, agentMark, detourOf, tableOf, uplink } from './names.ts';

/**
 * The `nft -f` scripts of faults. Each fault has a table of its own, so that removing that table undoes all of it. Connections
 * are matched by their first packet's addresses (`ct original`), which still name the Service after its address was rewritten.
 */
const forth = 'ct original ip saddr @from ct original ip daddr @to';
const back = 'ct original ip saddr @to ct original ip daddr @from';

/** Everything that arrives meets `prerouting`, and everything that this node sends itself `output`: together each packet once. */
export function trafficRules(injection: Injection): string {
  const { spec, traffic = { from: [], to: [] } } = injection;
  const verdict = verdictOf(injection);
  const meet = [`${forth} jump verdict`, `${back} jump verdict`];
  if (spec.network?.action === 'Delay') return detourRules(injection, traffic);
  return table(tableOf(injection), traffic, {
    verdict: [verdict],
    prerouting: ['type filter hook prerouting priority mangle; policy accept;', ...meet],
    output: ['type filter hook output priority mangle; policy accept;', ...meet],
  });
}

function verdictOf({ spec: { network } }: Injection): string {
  if (network?.action === 'Drop') return `numgen random mod 100 < ${network.percent ?? 100} drop`;
  if (network?.action !== 'Throttle') return 'drop';
  const rate = Math.max(1, Math.round(quantityToNumber(network.rate ?? '0')));
  // A bucket of a quarter of a second, and room for a few packets at the least: TCP gives up below that.
  return `limit rate over ${rate} bytes/second burst ${Math.max(16_384, Math.round(rate / 4))} bytes drop`;
}

/**
 * Marked packets take another route, through a process that holds them for a while. They come back as if from another machine,
 * and are not looked at again: connection tracking already knows them under their first address.
 */
function detourRules(injection: Injection, traffic: Traffic): string {
  const { device, mark } = detourOf(injection);
  const meet = [`ct direction original ${forth} meta mark set ${mark}`, `ct direction reply ${back} meta mark set ${mark}`];
  return table(tableOf(injection), traffic, {
    returned: ['type filter hook prerouting priority raw; policy accept;', `iifname "${device}" notrack`],
    prerouting: ['type filter hook prerouting priority mangle; policy accept;', ...meet],
    output: ['type route hook output priority mangle; policy accept;', ...meet],
  });
}

/** Nothing gets in or out, as if the machine's cable were pulled; only the agent's own connections live on. */
export const isolationRules = (injection: Injection): string =>
  table(tableOf(injection), undefined, {
    prerouting: [
      'type filter hook prerouting priority mangle; policy accept;',
      `iifname "${uplink}" ct mark & ${agentMark} == ${agentMark} accept`,
      `iifname "${uplink}" drop`,
    ],
    output: [
      'type filter hook output priority mangle; policy accept;',
      `oifname "${uplink}" ct mark & ${agentMark} == ${agentMark} accept`,
      `oifname "${uplink}" drop`,
    ],
    forward: ['type filter hook forward priority mangle; policy accept;', `oifname "${uplink}" drop`],
  });

const agentTable = 'inet shoal-agent';

/** Marks the agent's connections from their first packet on: in a quiet one, nothing would pass that could mark it when it must. */
export const agentRules = (): string =>
  table(agentTable, undefined, {
    output: ['type filter hook output priority mangle - 1; policy accept;', `meta skgid ${agentGroup} ct mark set ct mark | ${agentMark}`],
  });
export const withoutAgentRules = (): string => `add table ${agentTable}\ndelete table ${agentTable}\n`;

/** Removes a fault's rules; nothing happens when there are none. */
export const withoutRules = (injection: Pick<Injection, 'id'>): string =>
  `add table ${tableOf(injection)}\ndelete table ${tableOf(injection)}\n`;

function table(name: string, traffic: Traffic | undefined, chains: Record<string, string[]>): string {
  const set = (id: string, addresses: string[]): string =>
    `  set ${id} { type ipv4_addr; flags interval; auto-merge;${addresses.length === 0 ? '' : ` elements = { ${addresses.join(', ')} }`} }\n`;
  const sets = traffic === undefined ? '' : set('from', traffic.from) + set('to', traffic.to);
  const all = Object.entries(chains).map(([chain, lines]) => `  chain ${chain} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`);
  return `add table ${name}\ndelete table ${name}\ntable ${name} {\n${sets}${all.join('')}}\n`;
}
