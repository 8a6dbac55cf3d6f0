import { type ActionName, actions } from '../actions.ts';
import { FaultUnsupported, type Handler } from '../executor.ts';
import { type KubeletControls, kubeletHandlers } from './kubelet.ts';

/** A simulated machine as faults reach it. */
export interface SimulatedMachine {
  controls: KubeletControls & { pressures: Map<string, 'MemoryPressure' | 'DiskPressure'> };
  /** `held`: it stands still; `cut`: it does not reach the API. Its containers run on. */
  setGate(state: 'open' | 'held' | 'cut'): void;
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
}

/** What a fault does to a simulated node. There is no network, no disk and no load: of these only what the API shows is made. */
export function simulatedHandler(action: ActionName, machine: SimulatedMachine): Handler {
  const { controls } = machine;
  const gate = (state: 'held' | 'cut'): Handler => ({
    inject: async () => machine.setGate(state),
    undo: async () => machine.setGate('open'),
  });
  const pressure = (type: 'MemoryPressure' | 'DiskPressure'): Handler => ({
    inject: async ({ id }) => void controls.pressures.set(id, type),
    undo: async ({ id }) => void controls.pressures.delete(id),
  });
  const power: Handler = { inject: () => machine.powerOff(), undo: () => machine.powerOn() };
  const handlers: Partial<Record<ActionName, Handler>> = {
    ...kubeletHandlers(controls),
    NodeKill: power,
    NodeRestart: { ...power, momentary: true },
    NodePause: gate('held'),
    NodeDisconnect: gate('cut'),
    DiskFill: pressure('DiskPressure'),
    MemoryEat: pressure('MemoryPressure'),
  };
  return handlers[action] ?? unsupported(`simulated nodes have no ${missing[actions[action].executor]}`);
}

const missing = { agent: 'network and no processors', kubelet: 'such part', 'control-plane': 'control plane' } as const;

/** For what a target cannot have. */
export const unsupported = (why: string): Handler => ({
  inject: async () => {
    throw new FaultUnsupported(why);
  },
  undo: async () => undefined,
});
