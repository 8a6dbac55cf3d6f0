import type { Logger } from '../../util/log.ts';
import type { Run } from '../command.ts';
import type { Ruleset } from './ruleset.ts';

/**
 * What connection tracking must forget of UDP after a change, as `conntrack -D` filters: it remembers where a "connection" went,
 * and an entry of a backend that is gone, or from before its address was served at all, would send packets to the wrong place.
 * TCP has its own ends.
 */
export function staleUdp(before: Ruleset, after: Ruleset): string[] {
  const stale = new Set<string>();
  for (const [name, lines] of before.chains) {
    const target = /meta l4proto udp dnat to ([\d.]+):\d+/.exec(lines.at(-1) ?? '')?.[1];
    if (target !== undefined && !after.chains.has(name)) stale.add(`--reply-src ${target}`);
  }
  const fresh = (map: string): string[][] =>
    [...(after.elements.get(map)?.keys() ?? [])]
      .filter((key) => before.elements.get(map)?.has(key) !== true)
      .map((key) => key.split(' . '));
  for (const [ip, protocol, port] of fresh('service-ips')) if (protocol === 'udp') stale.add(`--orig-dst ${ip} --orig-port-dst ${port}`);
  for (const map of ['node-ports', 'host-ports']) {
    for (const [protocol, port] of fresh(map)) if (protocol === 'udp') stale.add(`--orig-port-dst ${port}`);
  }
  return [...stale];
}

export async function forgetUdp(before: Ruleset | undefined, after: Ruleset, run: Run, log: Logger): Promise<void> {
  if (before === undefined) return;
  for (const filter of staleUdp(before, after)) {
    await run('conntrack', ['-D', '-p', 'udp', ...filter.split(' ')]).catch((thrown: unknown) => {
      // It exits with 1 when nothing matched.
      log.debug(`conntrack: ${String(thrown)}`);
    });
  }
}
