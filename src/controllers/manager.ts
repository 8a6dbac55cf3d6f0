import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createRecorder } from '../client/recorder.ts';
import { runController } from '../client/run-controller.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { type ControllerConfig, type ControllerContext, defaultConfig, type StartController } from './context.ts';
import { deploymentController } from './deployment/deployment.ts';
import { replicaSetController, replicationController } from './replicaset/replicaset.ts';

/** Every controller by its kube-controller-manager name. */
export const controllers = {
  'deployment-controller': deploymentController,
  'replicaset-controller': replicaSetController,
  'replicationcontroller-controller': replicationController,
} as const satisfies Record<string, StartController>;

export interface StartControllersOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  config?: Partial<ControllerConfig>;
}

/** Starts all controllers over one informer factory; resolves when they run, and they stop with the signal. */
export async function startControllers({ client, informers, clock, log, signal, config }: StartControllersOptions): Promise<void> {
  const context: ControllerContext = {
    client,
    informers,
    clock,
    log,
    signal,
    config: { ...defaultConfig, ...config },
    recorder: (component) => createRecorder({ client, clock, component }),
  };
  const specs = Object.entries(controllers).flatMap(([name, start]: [string, StartController]) =>
    start({ ...context, log: log.for(name) }),
  );
  await informers.synced();
  for (const spec of specs) void runController(spec, { clock, log: log.for(spec.name), signal });
}
