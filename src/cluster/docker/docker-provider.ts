import { PassThrough, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { statusOf, tolerate } from '../engine/docker-error.ts';
import { capabilityLabel, engineCapabilities } from '../image/capabilities.ts';
import { clusterLabels, type NodeSpec, type NodeState, type Provider } from '../provider.ts';
import { execIn, outputOf } from './exec.ts';
import { readFile, writeFiles } from './files.ts';
import { createNetwork, listNetworks, networkName, removeNetwork } from './network.ts';
import { containerOptions, volumesOf } from './node-options.ts';

/** Node containers on a Docker engine, wherever it is. */
export function createDockerProvider(docker: Docker): Provider {
  /** Refusals of the engine about a node, in Shoal's words. */
  const onNode = async <T>(name: string, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (thrown) {
      throw nodeError(name, thrown);
    }
  };
  const container = (name: string): Docker.Container => docker.getContainer(name);

  return {
    async info() {
      const info = await docker.info();
      const [newest] = (await docker.listImages({ filters: { label: [capabilityLabel] } })).toSorted((a, b) => b.Created - a.Created);
      return {
        version: info.ServerVersion,
        cgroupVersion: Number(info.CgroupVersion ?? 1) === 2 ? 2 : 1,
        cpus: info.NCPU,
        memory: info.MemTotal,
        architecture: info.Architecture,
        capabilities: newest?.Labels?.[capabilityLabel]?.split(',') ?? [],
      };
    },
    createNetwork: (cluster) => createNetwork(docker, cluster),
    networks: () => listNetworks(docker),
    removeNetwork: (cluster) => removeNetwork(docker, cluster),
    createNode: (spec) => onNode(spec.name, createNode(docker, spec)),
    startNode: async (name) => void (await onNode(name, tolerate([304], container(name).start()))),
    stopNode: async (name, graceSeconds) => void (await onNode(name, tolerate([304], container(name).stop({ t: graceSeconds })))),
    // 409 is the engine's word for a container that does not run.
    killNode: async (name) => void (await onNode(name, tolerate([409], container(name).kill({ signal: 'SIGKILL' })))),
    async removeNode(name) {
      await removeContainer(container(name));
      await Promise.all(Object.values(volumesOf(name)).map((volume) => removeVolume(docker, volume)));
    },
    async nodes(cluster) {
      const label = cluster === undefined ? clusterLabels.node : `${clusterLabels.cluster}=${cluster}`;
      const found = await docker.listContainers({ all: true, filters: { label: [label] } });
      // Containers may go between the list and the look at each.
      const states = await Promise.all(found.map((each) => tolerate([404], docker.getContainer(each.Id).inspect())));
      return states
        .filter((state) => state !== undefined)
        .filter((state) => state.Config.Labels[clusterLabels.node] !== undefined)
        .map(nodeState)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async removeVolumes(cluster) {
      const { Volumes } = await docker.listVolumes({ filters: { label: [`${clusterLabels.cluster}=${cluster}`] } });
      await Promise.all((Volumes ?? []).map((volume) => removeVolume(docker, volume.Name)));
    },
    async nodeLogs(name, { tail, follow, signal }) {
      const output = new PassThrough();
      const common = { stdout: true, stderr: true, ...(tail === undefined ? {} : { tail }) } as const;
      if (follow !== true) {
        const text = await onNode(name, container(name).logs({ ...common, follow: false }));
        return demuxed(docker, text, output);
      }
      const stream = await onNode(
        name,
        container(name).logs({ ...common, follow: true, ...(signal === undefined ? {} : { abortSignal: signal }) }),
      );
      docker.modem.demuxStream(stream, output, output);
      const end = (): void => void output.end();
      stream.once('end', end).once('close', end).once('error', end);
      return output;
    },
    exec: (name, command, stdin) => onNode(name, execIn(container(name), command, stdin)),
    output: (name, command) => onNode(name, outputOf(container(name), command)),
    readFile: (name, path) => onNode(name, readFile(container(name), path)),
    writeFiles: (name, files) => onNode(name, writeFiles(container(name), files)),
  };
}

/** A whole log in the engine's framing (8 bytes of header before each piece) as plain text. */
function demuxed(docker: Docker, framed: Buffer, output: PassThrough): Readable {
  const input = new PassThrough();
  docker.modem.demuxStream(input, output, output);
  input.once('end', () => output.end());
  input.end(framed);
  return output;
}

async function createNode(docker: Docker, spec: NodeSpec): Promise<void> {
  const image = await docker.getImage(spec.image).inspect();
  const known = image.Config.Labels?.[capabilityLabel];
  const capabilities = known === undefined ? await engineCapabilities(docker, spec.image) : known.split(',');
  try {
    const created = await docker
      .createContainer(containerOptions(spec, capabilities, 'private'))
      // Old kernels on cgroup version 1 have no cgroup namespaces.
      .catch((thrown: unknown) =>
        /cgroup namespace/i.test(messageOf(thrown))
          ? docker.createContainer(containerOptions(spec, capabilities, 'host'))
          : Promise.reject(thrown),
      );
    await writeFiles(created, spec.files);
  } catch (thrown) {
    if (statusOf(thrown) !== 409) {
      await removeContainer(docker.getContainer(spec.name));
      await Promise.all(Object.values(volumesOf(spec.name)).map((volume) => removeVolume(docker, volume)));
    }
    throw thrown;
  }
}

/** Where another request is removing it already (409), waits until that is done: volumes are held until then. */
async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (thrown) {
    if (statusOf(thrown) === 404) return;
    if (statusOf(thrown) !== 409) throw thrown;
    await tolerate([404], container.wait({ condition: 'removed' }));
  }
}

const removeVolume = async (docker: Docker, name: string): Promise<void> => void (await tolerate([404], docker.getVolume(name).remove()));

function nodeState(state: Docker.ContainerInspectInfo): NodeState {
  const labels = state.Config.Labels;
  const cluster = labels[clusterLabels.cluster] ?? '';
  const started = Date.parse(state.State.StartedAt);
  const endpoint = state.NetworkSettings.Networks[networkName(cluster)];
  return {
    name: state.Name.replace(/^\//, ''),
    cluster,
    role: labels[clusterLabels.role] === 'control-plane' ? 'control-plane' : 'worker',
    running: state.State.Running,
    // The engine writes the year 1 for never.
    startedAt: started > 0 ? started : undefined,
    exitCode: state.State.Running || !(started > 0) ? undefined : state.State.ExitCode,
    ip: endpoint?.IPAMConfig?.IPv4Address ?? endpoint?.IPAddress ?? '',
    ports: portsOf(state.HostConfig.PortBindings as Record<string, { HostIp?: string; HostPort?: string }[]> | null),
    labels,
  };
}

const portsOf = (bindings: Record<string, { HostIp?: string; HostPort?: string }[]> | null): NodeState['ports'] =>
  Object.entries(bindings ?? {}).flatMap(([key, targets]) => {
    const [port = '', protocol = 'tcp'] = key.split('/');
    return targets.map((target) => ({
      host: target.HostIp ?? '',
      hostPort: Number(target.HostPort),
      containerPort: Number(port),
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
    }));
  });

function nodeError(name: string, cause: unknown): unknown {
  if (cause instanceof ShoalError) return cause;
  const status = statusOf(cause);
  const message = messageOf(cause);
  if (status === 404 && /no such container/i.test(message)) {
    return new ShoalError('NODE_NOT_FOUND', `there is no node container ${name}`, { next: 'List them with `shoal status`.', cause });
  }
  if (status === 409 && /name .*already in use/i.test(message)) {
    return new ShoalError('NODE_EXISTS', `a container named ${name} exists already`, {
      next: `Remove it, or choose another name: docker rm -f ${name}`,
      cause,
    });
  }
  if (/port is already allocated|address already in use|ports are not available/i.test(message)) {
    return new ShoalError('PORT_TAKEN', `a port that ${name} is to publish is taken: ${message}`, {
      next: 'Free the port, or set another one in cluster.yaml (0 lets Shoal choose).',
      cause,
    });
  }
  if (/no space left on device/i.test(message)) {
    return new ShoalError('DISK_FULL', `the engine has no space left for ${name}`, {
      next: 'Free some with `docker system prune`.',
      cause,
    });
  }
  if (/unable to apply caps/i.test(message)) {
    return new ShoalError(
      'ENGINE_START_FAILED',
      `the engine can no longer give ${name} the capabilities that it had when the node image was built`,
      {
        next: 'Remove the node image (`docker rmi -f $(docker images -q shoal/node)`), then run this again: it asks the engine anew.',
        cause,
      },
    );
  }
  return cause;
}
