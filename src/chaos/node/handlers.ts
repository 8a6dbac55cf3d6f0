import { type ActionName, actions } from '../actions.ts';
import type { Handler } from '../executor.ts';
import { eatCpu, eatMemory, fillDisk } from './load.ts';
import type { NodeAccess } from './node.ts';
import { disconnect, kill, pause, restart } from './power.ts';
import { delayed, traffic } from './traffic.ts';

type AgentAction = { [Name in ActionName]: (typeof actions)[Name]['executor'] extends 'agent' ? Name : never }[ActionName];
export const isAgents = (action: ActionName): action is AgentAction => actions[action].executor === 'agent';

/** What the agent of a real node can do, all of it. */
export function agentHandlers(node: NodeAccess): Record<AgentAction, Handler> {
  const rules = traffic(node);
  return {
    NodeKill: kill(node),
    NodePause: pause(node),
    NodeRestart: restart(node),
    NodeDisconnect: disconnect(node),
    NetworkCut: rules,
    NetworkDelay: delayed(node),
    NetworkDrop: rules,
    NetworkThrottle: rules,
    DiskFill: fillDisk(node),
    MemoryEat: eatMemory(node),
    CpuEat: eatCpu(node),
  };
}
