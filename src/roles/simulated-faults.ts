import { actions } from '../chaos/actions.ts';
import { createExecutor } from '../chaos/executor.ts';
import { faultKind } from '../chaos/fault.ts';
import { simulatedHandler, unsupported } from '../chaos/handlers/simulated.ts';
import { type RunOptions, runController } from '../client/run-controller.ts';
import type { SimulatedNodes } from '../kubelet/simulated-nodes.ts';
import type { ControlPlane } from './control-plane.ts';

/** Carries out the faults of simulated nodes, until the signal aborts. Resolves when it has ended. */
export async function runSimulatedFaults(
  options: RunOptions & { plane: Pick<ControlPlane, 'client' | 'informers' | 'faults'>; machines: SimulatedNodes },
): Promise<void> {
  const { plane, machines, clock, log, signal } = options;
  const { client, informers } = plane;
  await plane.faults;
  if (signal.aborted) return;
  const executor = createExecutor({
    name: 'simulated-faults',
    faults: informers.informer(faultKind),
    client,
    clock,
    log: log.for('faults'),
    mine: ({ status }, action) =>
      actions[action].executor === 'control-plane'
        ? []
        : Object.keys(status?.targets ?? {}).filter((name) => machines.gate(name) !== undefined),
    handler(action, name) {
      const controls = machines.controls(name);
      const gate = machines.gate(name);
      if (controls === undefined || gate === undefined) return unsupported('the node is gone');
      return simulatedHandler(action, {
        controls,
        setGate: (state) => gate.set(state),
        powerOff: () => machines.powerOff(name),
        powerOn: () => machines.powerOn(name),
      });
    },
  });
  await runController(executor.spec, options);
}
