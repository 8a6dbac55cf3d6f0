import { hostPortsClash, hostPortsOf } from '../../api/host-ports.ts';
import { someOf } from '../text.ts';
import type { Check } from './obstacle.ts';

/** Ports of the node that other pods have taken. */
export const checkPorts: Check = (pod, { name, pods }) => {
  const wanted = hostPortsOf(pod);
  const takers = wanted.length === 0 ? [] : pods.filter((other) => hostPortsClash(pod, [other]));
  if (takers.length === 0) return [];
  const taken = wanted.filter(({ hostPort, protocol }) =>
    takers.some((other) => hostPortsOf(other).some((port) => port.hostPort === hostPort && port.protocol === protocol)),
  );
  const names = takers.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const ports = taken.map(({ hostPort }) => hostPort).join(', ');
  return [
    {
      plugin: 'NodePorts',
      reason: "node(s) didn't have free ports for the requested pod ports",
      missing: `host port ${ports} (taken by ${someOf(names, 2)})`,
      remedies: [`another hostPort, or none: a Service reaches pods without it`, `delete ${someOf(names, 2)} on ${name}`],
      distance: 1,
    },
  ];
};
