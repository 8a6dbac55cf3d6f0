import type { Readable } from 'node:stream';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { ClusterContext } from './context.ts';
import { createDockerProvider } from './docker/docker-provider.ts';
import type { Engine } from './engine/connect.ts';
import { connectEngine } from './engine/connect.ts';
import { statusOf } from './engine/docker-error.ts';
import { surroundings } from './engine/find.ts';
import { ensureNodeImage, ensurePackageImage } from './image/node-image.ts';
import type { StepEvent } from './run-steps.ts';
import { ensureWebsiteImages } from './sample.ts';

export interface ConnectOptions {
  clock: Clock;
  log: Logger;
  env?: NodeJS.ProcessEnv;
  progress?: (event: StepEvent) => void;
  /** Told what is being made when something takes long; default: the log. */
  note?: (text: string) => void;
  signal?: AbortSignal;
  /** An engine that is connected already, such as one that was just started; default: the one that is found. */
  engine?: Engine;
}

/** Finds the engine in use and gives `cluster.ts` what it works with. Throws ENGINE_UNREACHABLE. */
export async function connectCluster(options: ConnectOptions): Promise<ClusterContext> {
  const { clock, log } = options;
  const around = { ...surroundings(), ...(options.env === undefined ? {} : { env: options.env }) };
  const { docker } = options.engine ?? (await connectEngine(around));
  const note = options.note ?? ((text: string) => log.info(text));
  const building = (signal: AbortSignal | undefined) => ({ clock, note, ...(signal === undefined ? {} : { signal }) });
  return {
    provider: createDockerProvider(docker),
    images: {
      node: (signal) => ensureNodeImage(docker, building(signal)),
      website: async (signal) => ensureWebsiteImages(docker, await ensurePackageImage(docker, building(signal)), signal),
    },
    source: {
      async inspect(reference) {
        try {
          const image = await docker.getImage(reference).inspect();
          return { id: image.Id, layers: image.RootFS.Layers ?? [] };
        } catch (thrown) {
          if (statusOf(thrown) === 404 || statusOf(thrown) === 400) return undefined;
          throw thrown;
        }
      },
      // dockerode saves one image a call; the engine's API takes several, so that shared layers come once.
      save: (references) =>
        new Promise<Readable>((resolve, reject) => {
          docker.modem.dial(
            {
              // docker-modem takes the last character of a path with a query for the place where options go.
              path: `/images/get?${references.map((reference) => `names=${encodeURIComponent(reference)}&`).join('')}`,
              method: 'GET',
              isStream: true,
              statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
            },
            (error: Error | null, stream: unknown) => (error === null ? resolve(stream as Readable) : reject(error)),
          );
        }),
    },
    clock,
    log,
    ...(options.progress === undefined ? {} : { progress: options.progress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
