import { faultController } from '../chaos/controller.ts';
import { createExecutor } from '../chaos/executor.ts';
import { grantExecutorRights } from '../chaos/executor-rights.ts';
import { controlPlaneTarget, faultKind } from '../chaos/fault.ts';
import { controlPlaneHandlers, type FaultyControlPlane } from '../chaos/handlers/control-plane.ts';
import { unsupported } from '../chaos/handlers/simulated.ts';
import type { Client } from '../client/client.ts';
import type { ControllerSpec } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer.ts';
import { type RunOptions, runController } from '../client/run-controller.ts';
import { delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';

const firstPauseMs = 100;
const longestPauseMs = 10_000;

export interface FaultsOptions extends RunOptions {
  /** Works on when the API server stands still. */
  client: Client;
  informers: InformerFactory;
  plane: FaultyControlPlane;
}

/**
 * Starts the controller of `kind: Fault`, which runs until the signal aborts. Resolves when it does; nobody who starts a cluster
 * waits for it.
 */
export async function serveFaults(options: FaultsOptions): Promise<void> {
  const { client, clock, log, signal } = options;
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      await grantExecutorRights(client);
      break;
    } catch (thrown) {
      if (!signal.aborted) log.warn(`giving faults their rights: ${messageOf(thrown)}; again in ${pauseMs} ms`);
      await delay(clock, pauseMs, signal).catch(() => undefined);
    }
  }
  if (signal.aborted) return;
  void runController(faultController(options), options);
  void runController(controlPlaneExecutor(options), options);
}

/** Carries out the faults of the control plane itself. */
function controlPlaneExecutor({ client, informers, clock, log, plane }: FaultsOptions): ControllerSpec {
  const handlers = controlPlaneHandlers(plane);
  const isOwn = (action: string): action is keyof typeof handlers => action in handlers;
  return createExecutor({
    name: 'control-plane-faults',
    faults: informers.informer(faultKind),
    client,
    clock,
    log,
    mine: (_, action) => (isOwn(action) ? [controlPlaneTarget] : []),
    handler: (action) => (isOwn(action) ? handlers[action] : unsupported(`${action} is not the control plane's`)),
  }).spec;
}
