import type { Injection } from '../executor.ts';

/** The node's way out of its container. */
export const uplink = 'eth0';
/** The group that the agent runs as: its own traffic is told from the node's by it. */
export const agentGroup = 64_430;
/** Marks the agent's connections, both ways. */
export const agentMark = '0x10000000';

/** Environment of every process that a fault starts, so that they are found again. */
export const faultVariable = 'SHOAL_FAULT';

type Named = Pick<Injection, 'id'>;
/** The nftables table with all rules of a fault. */
export const tableOf = ({ id }: Named): string => `inet shoal-fault-${id.slice(0, 8)}`;

/** What a delay needs in the kernel's tables: names and numbers from the fault's id, outside of what Services and kube-proxy mark with. */
export function detourOf({ id }: Named): { device: string; table: number; mark: string } {
  const number = Number.parseInt(id.slice(0, 3), 16);
  return { device: `shoalf${id.slice(0, 3)}`, table: 50_000 + number, mark: `0x${(0x5000_0000 + number * 0x1_0000).toString(16)}` };
}

/** The file that fills a disk. */
export const fillerOf = ({ id }: Named, directory: string): string => `${directory}/.shoal-fault-${id.slice(0, 8)}`;
