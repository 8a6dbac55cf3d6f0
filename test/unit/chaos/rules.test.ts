import { describe, expect, it } from 'vitest';
import type { Injection } from '../../../src/chaos/executor.ts';
import type { NetworkFault } from '../../../src/chaos/fault.ts';
import { agentRules, isolationRules, trafficRules, withoutRules } from '../../../src/chaos/node/rules.ts';
import { closeDetour, openDetour } from '../../../src/chaos/node/traffic.ts';

const injection = (network: Partial<NetworkFault>): Injection => ({
  id: '0f3c9a21-aaaa-bbbb-cccc-000000000000',
  fault: 'f',
  action: 'NetworkCut',
  spec: { duration: '1m', network: { action: 'Cut', from: { node: 'a' }, to: { node: 'b' }, ...network } },
  target: 'a',
  traffic: { from: ['10.0.0.3', '10.244.1.0/24'], to: ['10.0.0.4'] },
  until: 0,
});
const sets = `  set from { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.3, 10.244.1.0/24 } }
  set to { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.4 } }
`;
const fresh = 'add table inet shoal-fault-0f3c9a21\ndelete table inet shoal-fault-0f3c9a21\n';

describe('rules of network faults', () => {
  it('cut connections of either side, both ways', () => {
    expect(trafficRules(injection({}))).toBe(`${fresh}table inet shoal-fault-0f3c9a21 {
${sets}  chain verdict {
    drop
  }
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    ct original ip saddr @from ct original ip daddr @to jump verdict
    ct original ip saddr @to ct original ip daddr @from jump verdict
  }
  chain output {
    type filter hook output priority mangle; policy accept;
    ct original ip saddr @from ct original ip daddr @to jump verdict
    ct original ip saddr @to ct original ip daddr @from jump verdict
  }
}
`);
  });

  it.each([
    [{ action: 'Drop', percent: 30 } as const, 'numgen random mod 100 < 30 drop'],
    [{ action: 'Throttle', rate: '100Ki' } as const, 'limit rate over 102400 bytes/second burst 25600 bytes drop'],
    [{ action: 'Throttle', rate: '10k' } as const, 'limit rate over 10000 bytes/second burst 16384 bytes drop'],
  ])('%o', (network, verdict) => {
    expect(trafficRules(injection(network))).toContain(`  chain verdict {\n    ${verdict}\n  }\n`);
  });

  it('send one direction on a detour, and do not look at what comes back from it', () => {
    const forth = 'ct direction original ct original ip saddr @from ct original ip daddr @to meta mark set 0x50f30000';
    const back = 'ct direction reply ct original ip saddr @to ct original ip daddr @from meta mark set 0x50f30000';
    expect(trafficRules(injection({ action: 'Delay', delay: '100ms' }))).toBe(`${fresh}table inet shoal-fault-0f3c9a21 {
${sets}  chain returned {
    type filter hook prerouting priority raw; policy accept;
    iifname "shoalf0f3" notrack
  }
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    ${forth}
    ${back}
  }
  chain output {
    type route hook output priority mangle; policy accept;
    ${forth}
    ${back}
  }
}
`);
    expect(openDetour(injection({})).split('\n').slice(-2)).toEqual([
      'ip route replace default dev shoalf0f3 table 50243',
      'ip rule add fwmark 0x50f30000 lookup 50243',
    ]);
    expect(closeDetour(injection({})).split('\n')).toEqual([
      'while ip rule del fwmark 0x50f30000 lookup 50243 2>/dev/null; do :; done',
      'ip route flush table 50243 2>/dev/null || true',
      'ip link del shoalf0f3 2>/dev/null || true',
    ]);
  });

  it("leave the bits alone that Services' rules use", () => {
    const marks = ['000', 'fff', '7a4'].map((start) => Number(/fwmark (\S+)/.exec(openDetour({ id: start }))?.[1]));
    expect(marks.map((mark) => mark & 0xffff)).toEqual([0, 0, 0]);
  });

  it('cut a node off, but for the connections of the agent', () => {
    expect(isolationRules(injection({}))).toBe(`${fresh}table inet shoal-fault-0f3c9a21 {
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iifname "eth0" ct mark & 0x10000000 == 0x10000000 accept
    iifname "eth0" drop
  }
  chain output {
    type filter hook output priority mangle; policy accept;
    oifname "eth0" ct mark & 0x10000000 == 0x10000000 accept
    oifname "eth0" drop
  }
  chain forward {
    type filter hook forward priority mangle; policy accept;
    oifname "eth0" drop
  }
}
`);
    expect(agentRules()).toContain('    meta skgid 64430 ct mark set ct mark | 0x10000000\n');
  });

  it('are undone by removing one table, which need not be there', () => {
    expect(withoutRules(injection({}))).toBe(fresh);
  });
});
