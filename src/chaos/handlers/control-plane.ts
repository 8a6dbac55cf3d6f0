import type { Clock } from '../../util/clock.ts';
import { FaultUnsupported, type Handler, type Injection } from '../executor.ts';

/** A part of the control plane as faults reach it: the scheduler, or one controller. */
export interface FaultyPart {
  start(): Promise<void>;
  stop(): void;
  stall(): void;
  resume(): void;
}

export interface FaultyControlPlane {
  clock: Clock;
  scheduler: FaultyPart;
  /** By kube-controller-manager's names. */
  controllers: ReadonlyMap<string, FaultyPart>;
  /** Requests wait until it is let go on; those about Faults are answered. */
  apiServer: Pick<FaultyPart, 'stall' | 'resume'>;
  /** Ends the server's process; absent where nobody would start it again. */
  exit?: (() => void) | undefined;
}

/** So long after its fault was noted as injected the server ends: the answer to that has gone out by then. */
const exitAfterMs = 100;

/** Stalls and crashes. A stalled part remembers what it was about; one that crashed is away until the end, and begins anew. */
export function controlPlaneHandlers(plane: FaultyControlPlane) {
  const part = ({ spec }: Injection): FaultyPart => {
    const { component, controller = '' } = spec.controlPlane ?? {};
    const found = component === 'scheduler' ? plane.scheduler : plane.controllers.get(controller);
    if (found !== undefined) return found;
    throw new Error(`there is no controller ${controller}; there are ${[...plane.controllers.keys()].join(', ')}`);
  };
  const isApiServer = ({ spec }: Injection): boolean => spec.controlPlane?.component === 'apiserver';
  return {
    ControlPlaneStall: {
      inject: async (injection) => (isApiServer(injection) ? plane.apiServer : part(injection)).stall(),
      undo: async (injection) => (isApiServer(injection) ? plane.apiServer : known(part, injection))?.resume(),
    },
    ControlPlaneCrash: {
      async inject(injection) {
        if (!isApiServer(injection)) part(injection).stop();
        else if (plane.exit === undefined) {
          throw new FaultUnsupported('nobody would start this server again: it is one process with the simulated nodes; stall it instead');
        }
      },
      // Said to be injected first, or the server that comes up would crash again.
      reported(injection) {
        if (isApiServer(injection)) plane.clock.after(exitAfterMs, () => plane.exit?.());
      },
      undo: async (injection) => {
        if (!isApiServer(injection)) await known(part, injection)?.start();
      },
    },
  } as const satisfies Record<string, Handler>;
}

/** A fault of a controller that does not exist was never made. */
function known(part: (injection: Injection) => FaultyPart, injection: Injection): FaultyPart | undefined {
  try {
    return part(injection);
  } catch {
    return undefined;
  }
}
