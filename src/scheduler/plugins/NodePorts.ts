import type { HostPort } from '../../api/host-ports.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { portTaken } from '../cache/node-info.ts';
import { podInfoOf } from '../cache/pod-info.ts';
import { before } from '../framework/events.ts';
import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';

const name = 'NodePorts';
export const portsTaken = "node(s) didn't have free ports for the requested pod ports";
const { unschedulable, skip } = statusesOf(name);
const refused = unschedulable(portsTaken);

/** Host ports must be free on the node. */
export const createNodePorts = (): Plugin => ({
  name,
  events: [
    { resource: 'AssignedPod', actions: ['Delete'], hint: (pod, event) => shareAPort(pod, before<Pod>(event)) },
    { resource: 'Node', actions: ['Add'] },
  ],
  preFilter: (_state, { hostPorts }) => (hostPorts.length === 0 ? skip : undefined),
  filter: (_state, { hostPorts }, node) => (hostPorts.some((port) => portTaken(node, port)) ? refused : undefined),
  sign: ({ hostPorts }) => (hostPorts.length === 0 ? '' : JSON.stringify(hostPorts)),
});

function shareAPort(pod: Pod, gone: Pod | undefined): boolean {
  if (gone === undefined) return true;
  const freed = podInfoOf(gone).hostPorts;
  const sameAs = (port: HostPort) => (other: HostPort) => other.hostPort === port.hostPort && other.protocol === port.protocol;
  return podInfoOf(pod).hostPorts.some((port) => freed.some(sameAs(port)));
}
