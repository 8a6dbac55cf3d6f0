import type { Handler } from '../executor.ts';
import { type NodeAccess, sh } from './node.ts';
import { readProcesses, signalAll, victims } from './processes.ts';
import { isolationRules, withoutRules } from './rules.ts';

/** What runit is told: services that end stay down, and come up again, the runtime first. */
export const stayDown = 'for service in /run/service/*; do [ "$service" = /run/service/faults ] || sv once "$service"; done';
export const comeUp = 'for name in containerd dockerd server kubelet; do [ ! -d "/run/service/$name" ] || sv up "/run/service/$name"; done';

const others = () => victims(readProcesses(), process.pid);

/** Nothing of this node answers any more: the kernel would still refuse connections, which a dead or frozen machine does not. */
export const disconnect = (node: NodeAccess): Handler => ({
  inject: async (injection) => void (await node.run('nft', ['-f', '-'], isolationRules(injection))),
  undo: async (injection) => void (await node.run('nft', ['-f', '-'], withoutRules(injection))),
});

/** All processes die at once and stay away; the node's files are as they were in that moment. */
export function kill(node: NodeAccess): Handler {
  const network = disconnect(node);
  return {
    async inject(injection) {
      await network.inject(injection);
      await sh(node, stayDown);
      await signalAll('SIGKILL', others, node.clock);
    },
    async undo(injection) {
      await sh(node, comeUp);
      await network.undo(injection);
    },
  };
}

export const restart = (node: NodeAccess): Handler => ({ ...kill(node), momentary: true });

/** All processes stand still, and go on where they were. */
export function pause(node: NodeAccess): Handler {
  const network = disconnect(node);
  return {
    async inject(injection) {
      await network.inject(injection);
      await signalAll('SIGSTOP', () => others().filter(({ state }) => state !== 'T'), node.clock);
    },
    async undo(injection) {
      await network.undo(injection);
      await signalAll('SIGCONT', () => others().filter(({ state }) => state === 'T'), node.clock);
    },
  };
}
