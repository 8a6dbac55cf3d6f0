import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseDuration } from '../../util/duration.ts';
import { messageOf } from '../../util/errors.ts';
import { FaultUnsupported, type Handler, type Injection } from '../executor.ts';
import { detourOf } from './names.ts';
import { type NodeAccess, sh } from './node.ts';
import { trafficRules, withoutRules } from './rules.ts';

/** Cut, Drop and Throttle: rules alone. */
export const traffic = (node: NodeAccess): Handler => ({
  inject: async (injection) => void (await node.run('nft', ['-f', '-'], trafficRules(injection))),
  undo: async (injection) => void (await node.run('nft', ['-f', '-'], withoutRules(injection))),
});

/** Brings the detour's device up, which `socat` makes, and sends marked packets there. */
export function openDetour(injection: Pick<Injection, 'id'>): string {
  const { device, table, mark } = detourOf(injection);
  return [
    `tries=0; until [ -e /sys/class/net/${device} ]; do tries=$((tries + 1)); [ "$tries" -lt 250 ] || exit 1; sleep 0.02; done`,
    // Packets of this node come back with an address of its own as their source.
    `echo 1 > /proc/sys/net/ipv4/conf/${device}/accept_local`,
    `ip link set ${device} up mtu "$(cat /sys/class/net/eth0/mtu)"`,
    `ip route replace default dev ${device} table ${table}`,
    `ip rule add fwmark ${mark} lookup ${table}`,
  ].join('\n');
}

/** The same backwards; each step may find nothing. */
export function closeDetour(injection: Pick<Injection, 'id'>): string {
  const { device, table, mark } = detourOf(injection);
  return [
    `while ip rule del fwmark ${mark} lookup ${table} 2>/dev/null; do :; done`,
    `ip route flush table ${table} 2>/dev/null || true`,
    `ip link del ${device} 2>/dev/null || true`,
  ].join('\n');
}

/**
 * Delay. The kernel's own means (netem) is a module that many machines lack, so packets make a detour through a TUN device: socat
 * hands each one to this process as a datagram, which gives it back when its time has come.
 */
export function delayed(node: NodeAccess): Handler {
  const relays = new Map<string, ReturnType<typeof createSocket>>();
  const rules = traffic(node);
  return {
    async inject(injection) {
      const { id, spec } = injection;
      const delayMs = parseDuration(spec.network?.delay) ?? 0;
      const relay = createSocket('udp4');
      relays.set(id, relay);
      const back = (packet: Buffer, port: number) => (): void => {
        if (relays.get(id) === relay) relay.send(packet, port, '127.0.0.1');
      };
      relay.on('message', (packet, { port }) => void node.clock.after(delayMs, back(packet, port)));
      relay.on('error', (error) => node.log.warn(`delaying traffic: ${error.message}`));
      relay.bind(0, '127.0.0.1');
      await once(relay, 'listening');
      await sh(node, '[ -e /dev/net/tun ] || { mkdir -p /dev/net; mknod /dev/net/tun c 10 200; }');
      const tunnel = `TUN,tun-name=${detourOf(injection).device},tun-type=tun,iff-no-pi,iff-up`;
      const socat = node.start(id, 'socat', [tunnel, `UDP4-DATAGRAM:127.0.0.1:${relay.address().port},bind=127.0.0.1:0`]);
      const failed = once(socat, 'exit').then(() => {
        throw new FaultUnsupported('delays need a TUN device, which this kernel does not give (CONFIG_TUN)');
      });
      failed.catch(() => undefined);
      await Promise.race([sh(node, openDetour(injection)), failed]);
      await rules.inject(injection);
    },
    async undo(injection) {
      await rules.undo(injection);
      await sh(node, closeDetour(injection));
      await node.endFault(injection.id);
      const relay = relays.get(injection.id);
      relays.delete(injection.id);
      try {
        relay?.close();
      } catch (thrown) {
        node.log.debug(`closing a relay: ${messageOf(thrown)}`);
      }
    },
  };
}
