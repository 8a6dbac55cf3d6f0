import { actionOf, actions } from '../chaos/actions.ts';
import { createExecutor } from '../chaos/executor.ts';
import { faultKind, isFinished } from '../chaos/fault.ts';
import { kubeletHandlers } from '../chaos/handlers/kubelet.ts';
import { unsupported } from '../chaos/handlers/simulated.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { type RunOptions, runController } from '../client/run-controller.ts';
import type { NodeControls } from '../kubelet/node-controls.ts';
import { run } from '../network/command.ts';

/** While a fault of the agent's is open, it is looked at whether the agent runs. */
const lookMs = 2_000;

/**
 * A real node's share in faults, in its kubelet's process: those of the kubelet itself, and waking the agent when there is work
 * for it. Until then a node has no agent, which would cost it some 50 MB. Ends with the signal.
 */
export function runNodeFaults(
  options: RunOptions & { client: Client; informers: InformerFactory; nodeName: string; controls: NodeControls },
): void {
  const { client, informers, nodeName, clock, controls } = options;
  const faults = informers.informer(faultKind);
  const handlers = kubeletHandlers(controls);
  const isOwn = (action: string): action is keyof typeof handlers => action in handlers;
  const executor = createExecutor({
    name: 'faults',
    faults,
    client,
    clock,
    log: options.log.for('faults'),
    mine: ({ status }, action) => (isOwn(action) && status?.targets?.[nodeName] !== undefined ? [nodeName] : []),
    handler: (action) => (isOwn(action) ? handlers[action] : unsupported(`${action} is not the kubelet's`)),
  });
  void runController(executor.spec, options);
  void runController(
    {
      name: 'fault-agent',
      workers: 1,
      watch(enqueue) {
        faults.on({ add: ({ metadata }) => enqueue(metadata.name ?? ''), update: ({ metadata }) => enqueue(metadata.name ?? '') });
      },
      async reconcile(name) {
        const fault = faults.get(name);
        const action = fault === undefined ? undefined : actionOf(fault.spec);
        const state = fault?.status?.targets?.[nodeName]?.state;
        if (fault === undefined || action === undefined || actions[action].executor !== 'agent' || isFinished(fault)) return undefined;
        if (state !== 'Pending' && state !== 'Injected') return undefined;
        await run('sv', ['up', '/run/service/faults']);
        return { requeueAfterMs: lookMs };
      },
    },
    options,
  );
}
