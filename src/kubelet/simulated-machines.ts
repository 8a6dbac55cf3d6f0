import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { simulatedNodes } from '../api/simulated.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { InformerFactory } from '../client/informer.ts';
import { runController } from '../client/run-controller.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { SimulatedNodeSpec, SimulatedNodes } from './simulated-nodes.ts';

/** Registrations under way at once: enough to keep the API busy, few enough not to flood it. */
const atOnce = 64;

/**
 * Has a kubelet running for exactly those Nodes that are marked as simulated and not as killed, until the signal aborts. So
 * the API alone says which machines there are, and a restart finds them again.
 */
export async function runSimulatedMachines(options: {
  informers: InformerFactory;
  machines: SimulatedNodes;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { informers, machines, ...running } = options;
  const nodes = informers.informer(kinds.Node);
  const wanted = (node: Node | undefined): boolean =>
    node?.metadata.labels?.[simulatedNodes.label] === 'true' && node.metadata.annotations?.[simulatedNodes.killed] === undefined;
  await runController(
    {
      name: 'simulated-machines',
      workers: atOnce,
      watch(enqueue) {
        nodes.on({
          add: (node) => enqueue(keyOf(node)),
          update: (node, previous) => {
            if (wanted(node) !== wanted(previous) || !machines.kubelets.has(keyOf(node))) enqueue(keyOf(node));
          },
          delete: (node) => enqueue(keyOf(node)),
        });
      },
      async reconcile(name) {
        const node = nodes.get(name);
        if (!wanted(node) || node === undefined) await machines.kill(name);
        // Without a range of pod addresses it is not finished: node-ipam gives it one.
        else if (!machines.kubelets.has(name) && !machines.isOff(name) && (node.spec?.podCIDR ?? '') !== '')
          await machines.add(machineOf(node));
      },
    },
    running,
  );
}

function machineOf(node: Node): SimulatedNodeSpec {
  const { name = '', labels } = node.metadata;
  const { pods, ...capacity } = node.status?.capacity ?? {};
  const nodeIP = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  return {
    name,
    capacity,
    ...(nodeIP === undefined ? {} : { nodeIP }),
    ...(node.spec?.podCIDR === undefined ? {} : { podCIDR: node.spec.podCIDR }),
    ...(pods === undefined ? {} : { maxPods: Number(pods) }),
    ...(labels === undefined ? {} : { labels }),
  };
}
