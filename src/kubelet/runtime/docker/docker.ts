import Dockerode from 'dockerode';
import { boundingCapabilities, capabilityNames } from '../../../util/capabilities.ts';
import type { Clock } from '../../../util/clock.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Logger } from '../../../util/log.ts';
import { memoryOf } from '../../node/node-usage.ts';
import type { ContainerRuntime, ContainerStats } from '../runtime.ts';
import { containers } from './container.ts';
import { type DockerContext, isMissing, runtimeError } from './context.ts';
import { runtimeEvents } from './events.ts';
import { execs } from './exec.ts';
import { images } from './images.ts';
import { containerOf, inventory } from './inventory.ts';
import { logLinks } from './log-links.ts';
import { logs } from './logs.ts';
import { mountImage } from './mount-image.ts';
import { pauseImage } from './pause-image.ts';
import { portForward } from './port-forward.ts';
import { sandboxes } from './sandbox.ts';

export interface DockerRuntimeOptions {
  clock: Clock;
  log: Logger;
  /** Default: `/var/run/docker.sock`. */
  socketPath?: string;
  /** A static program that waits and reaps, run as `<program> -P`; default Debian's catatonit. */
  pauseProgram?: string;
  /** Where links to the logs of containers are made; default `/var/log`. */
  logDir?: string;
}

/** Runs pods on a Docker engine: the node's own, reached through its socket. */
export function createDockerRuntime({ clock, log, socketPath, pauseProgram, logDir = '/var/log' }: DockerRuntimeOptions): ContainerRuntime {
  const capabilities = boundingCapabilities();
  const docker = new Dockerode({ socketPath: socketPath ?? '/var/run/docker.sock' });
  const context: DockerContext = {
    docker,
    log,
    capabilities,
    fullyPrivileged: capabilities.length === capabilityNames.length,
    pauseProgram: pauseProgram ?? '/usr/bin/catatonit',
  };
  const all = inventory(context);
  const pods = sandboxes(context, pauseImage(context));
  const parts = containers(context);
  const processes = execs(context, clock);
  const pictures = images(context);

  const links = logLinks(logDir);

  async function linkLog(id: string): Promise<void> {
    const found = await docker.getContainer(id).inspect();
    if (found.LogPath !== '') await links.add(containerOf(found), found.LogPath);
  }

  async function stats(): Promise<ContainerStats[]> {
    const running = (await all.containers()).filter((container) => container.state === 'running');
    const found = await Promise.all(
      running.map(async ({ id }): Promise<ContainerStats | undefined> => {
        try {
          const figures = await docker.getContainer(id).stats({ stream: false, 'one-shot': true });
          const { usage = 0, stats } = figures.memory_stats;
          const detail: Record<string, number> = { ...stats };
          const stat = (...names: string[]): number => names.map((name) => detail[name]).find((value) => value !== undefined) ?? 0;
          return { id, cpuNanoseconds: figures.cpu_stats.cpu_usage.total_usage, ...memoryOf(usage, stat) };
        } catch (failure) {
          if (isMissing(failure)) return undefined;
          throw runtimeError('unavailable', failure);
        }
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  return {
    async version() {
      try {
        return `docker://${(await docker.version()).Version}`;
      } catch (failure) {
        throw runtimeError('unavailable', failure);
      }
    },
    runPodSandbox: pods.run,
    // The engine's list is a moment behind: what was stopped is looked at itself.
    async stopPodSandbox(id) {
      await pods.stop(id);
      all.forget(id);
    },
    async removePodSandbox(id) {
      await pods.remove(id);
      all.forget(id);
    },
    listPodSandboxes: all.sandboxes,
    createContainer: parts.create,
    async startContainer(id) {
      await parts.start(id);
      // Whoever starts the container need not wait for that.
      void linkLog(id).catch((thrown: unknown) => log.debug(`linking the log of container ${id}: ${messageOf(thrown)}`));
    },
    async stopContainer(id, graceSeconds) {
      await parts.stop(id, graceSeconds);
      all.forget(id);
    },
    async removeContainer(id) {
      await parts.remove(id);
      all.forget(id);
      await links.remove(id);
    },
    updateContainer: parts.update,
    listContainers: all.containers,
    events: (signal) => runtimeEvents(context, all.forget, signal),
    exec: processes.exec,
    execSync: processes.execSync,
    attach: processes.attach,
    logs: logs(context),
    portForward: (sandboxId, port) => portForward(context, sandboxId, port),
    imageStatus: pictures.status,
    listImages: pictures.list,
    pullImage: pictures.pull,
    removeImage: pictures.remove,
    mountImage: (image, directory) => mountImage(context, image, directory),
    stats,
    diskUsage: parts.diskUsage,
  };
}
