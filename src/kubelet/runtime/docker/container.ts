import { readFile, stat } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { type ContainerConfig, type Mount, type PodSandbox, RuntimeError, runtimeLabels } from '../runtime.ts';
import { type DockerContext, forceRemove, isInConflict, isMissing, isUnchanged, labels, runtimeError } from './context.ts';
import { podFacts, sandboxOf } from './inventory.ts';

/** Not said for `None`: the engine's own default is private, but a slave for paths that hold its data, such as `/`. */
const propagation = { HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;
const mountSettings = (one: Mount): Dockerode.MountSettings => ({
  Type: 'bind',
  Source: one.hostPath,
  Target: one.containerPath,
  ReadOnly: one.readOnly,
  BindOptions: {
    ...(one.propagation === 'None' ? {} : { Propagation: propagation[one.propagation] }),
    // The engine's own default is to make all that it can read-only; Kubernetes' is the mount alone.
    ...(one.readOnly ? { [one.recursiveReadOnly ? 'ReadOnlyForceRecursive' : 'ReadOnlyNonRecursive']: true } : {}),
  } as Dockerode.MountSettings['BindOptions'],
});

const dockerCapability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');

/** `ALL` means all that the node itself can give: asking for more makes the engine refuse the container. */
function addedCapabilities(context: DockerContext, wanted: string[]): string[] {
  const names = wanted.map(dockerCapability);
  return names.includes('ALL') ? context.capabilities.map((name) => name.toUpperCase()) : names;
}

/**
 * Kubernetes' security context in Docker's words. Where the node lacks capabilities, a privileged container gets all that
 * the node has, by name: the engine's own `--privileged` fails there with "unable to apply caps".
 */
async function security(context: DockerContext, config: ContainerConfig): Promise<Dockerode.HostConfig> {
  const { privileged, capabilitiesAdd, capabilitiesDrop, allowPrivilegeEscalation, supplementalGroups, unmaskedProc } = config.security;
  const groups = supplementalGroups.map(String);
  if (privileged && context.fullyPrivileged) return { Privileged: true, GroupAdd: groups };
  if (privileged) {
    return {
      CapAdd: context.capabilities.map((name) => name.toUpperCase()),
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      MaskedPaths: [],
      ReadonlyPaths: [],
      DeviceCgroupRules: ['a *:* rwm'],
      GroupAdd: groups,
    };
  }
  const options: string[] = [];
  const profile = await seccompProfile(config);
  if (profile !== undefined) options.push(`seccomp=${profile}`);
  if (allowPrivilegeEscalation === false) options.push('no-new-privileges');
  return {
    CapAdd: addedCapabilities(context, capabilitiesAdd),
    CapDrop: capabilitiesDrop.map(dockerCapability),
    SecurityOpt: options,
    GroupAdd: groups,
    ...(unmaskedProc ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
  };
}

/** What the engine is told of seccomp; undefined leaves it to its own profile. */
async function seccompProfile({ security: { seccompProfile: wanted } }: ContainerConfig): Promise<string | undefined> {
  if (wanted === 'RuntimeDefault') return undefined;
  // Kubernetes' default is no profile (KEP-2413 is opt-in); Docker's default would be its own.
  if (wanted === undefined || wanted === 'Unconfined') return 'unconfined';
  return await readFile(wanted.path, 'utf8').catch(() => {
    const problem = `cannot load seccomp profile ${JSON.stringify(wanted.path)}: open ${wanted.path}: no such file or directory`;
    throw new RuntimeError('create-failed', problem);
  });
}

/** The engine's own option, which its client's types lack. */
const withSize = { size: true } as Dockerode.ContainerInspectOptions;

/** The engine refuses less than this. */
const leastMemory = 6 * 2 ** 20;
const memoryOf = ({ memoryLimit }: ContainerConfig['resources']): number => (memoryLimit > 0 ? Math.max(leastMemory, memoryLimit) : 0);

function resources(context: DockerContext, config: ContainerConfig): Dockerode.HostConfig {
  const { cpuQuota, cpuPeriod, cpuShares, oomScoreAdj } = config.resources;
  const memoryLimit = memoryOf(config.resources);
  // Lowering the score needs CAP_SYS_RESOURCE, which not every node has.
  const mayLower = context.capabilities.includes('sys_resource');
  return {
    CpuShares: cpuShares,
    ...(cpuQuota > 0 ? { CpuQuota: cpuQuota, CpuPeriod: cpuPeriod } : {}),
    // The same figure for memory and swap: a pod gets no swap.
    ...(memoryLimit > 0 ? { Memory: memoryLimit, MemorySwap: memoryLimit } : {}),
    OomScoreAdj: mayLower ? oomScoreAdj : Math.max(0, oomScoreAdj),
  };
}

/** What the engine is asked to change of a running container. */
export function updateOf(figures: ContainerConfig['resources']): Record<string, number> {
  const { cpuPeriod, cpuQuota, cpuShares } = figures;
  const memory = memoryOf(figures);
  return {
    CpuPeriod: cpuPeriod,
    // 0 is "as before" to the engine.
    CpuQuota: cpuQuota > 0 ? cpuQuota : -1,
    CpuShares: cpuShares,
    // Once there, a limit of memory cannot be taken away: neither from a pod, nor by the engine.
    ...(memory === 0 ? {} : { Memory: memory, MemorySwap: memory }),
  };
}

const userOf = ({ runAsUser, runAsGroup }: ContainerConfig['security']): string | undefined => {
  if (runAsUser === undefined && runAsGroup === undefined) return undefined;
  return runAsGroup === undefined ? String(runAsUser) : `${runAsUser ?? 0}:${runAsGroup}`;
};

export function containers(context: DockerContext) {
  const { docker } = context;

  async function sandboxFacts(sandboxId: string): Promise<{ sandbox: PodSandbox; host: Dockerode.HostConfig; sharePid: boolean }> {
    const found = await docker.getContainer(sandboxId).inspect();
    return {
      sandbox: sandboxOf(found),
      host: found.HostConfig,
      sharePid: podFacts(found.Config.Labels[labels.pod]).shareProcessNamespace,
    };
  }

  return {
    async create(sandboxId: string, config: ContainerConfig): Promise<string> {
      try {
        const { sandbox, host, sharePid } = await sandboxFacts(sandboxId);
        const { name, namespace, uid } = sandbox.config;
        const user = userOf(config.security);
        const pidOwner = config.targetContainerId ?? (sharePid ? sandboxId : undefined);
        const options: Dockerode.ContainerCreateOptions = {
          name: `k8s_${config.name}_${name}_${namespace}_${uid}_${config.attempt}`,
          Image: config.image,
          Env: config.env.map((variable) => `${variable.name}=${variable.value}`),
          Labels: {
            ...config.labels,
            [runtimeLabels.podName]: name,
            [runtimeLabels.podNamespace]: namespace,
            [runtimeLabels.podUid]: uid,
            [runtimeLabels.containerName]: config.name,
            [labels.type]: 'container',
            [labels.sandboxId]: sandboxId,
            [labels.attempt]: String(config.attempt),
            [labels.pod]: JSON.stringify({ annotations: config.annotations }),
          },
          ...(config.command === undefined ? {} : { Entrypoint: config.command }),
          ...(config.args === undefined ? {} : { Cmd: config.args }),
          ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
          ...(user === undefined ? {} : { User: user }),
          Tty: config.tty,
          OpenStdin: config.stdin,
          StdinOnce: config.stdinOnce,
          ...(config.stopSignal === undefined ? {} : { StopSignal: config.stopSignal }),
          // Kubernetes has probes in place of an image's own health check.
          Healthcheck: { Test: ['NONE'] },
          HostConfig: {
            NetworkMode: `container:${sandboxId}`,
            ...(host.Runtime === undefined ? {} : { Runtime: host.Runtime }),
            IpcMode: host.IpcMode === 'host' ? 'host' : `container:${sandboxId}`,
            PidMode: host.PidMode === 'host' ? 'host' : pidOwner === undefined ? '' : `container:${pidOwner}`,
            Mounts: config.mounts.map(mountSettings),
            Devices: config.devices.map(({ hostPath, containerPath, readOnly }) => ({
              PathOnHost: hostPath,
              PathInContainer: containerPath,
              CgroupPermissions: readOnly ? 'r' : 'mrw',
            })),
            ReadonlyRootfs: config.security.readOnlyRootFilesystem,
            LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
            ...(await security(context, config)),
            ...resources(context, config),
          },
        };
        try {
          return (await docker.createContainer(options)).id;
        } catch (failure) {
          if (!isInConflict(failure)) throw failure;
          await docker.getContainer(options.name ?? '').remove({ force: true, v: true });
          return (await docker.createContainer(options)).id;
        }
      } catch (failure) {
        throw runtimeError('create-failed', failure);
      }
    },
    async start(id: string): Promise<void> {
      await docker
        .getContainer(id)
        .start()
        .catch((failure: unknown) => {
          if (!isUnchanged(failure)) throw runtimeError('start-failed', failure);
        });
    },
    async stop(id: string, graceSeconds: number): Promise<void> {
      const container = docker.getContainer(id);
      const ended = graceSeconds <= 0 ? container.kill() : container.stop({ t: Math.ceil(graceSeconds) });
      await ended.catch((failure: unknown) => {
        if (!isMissing(failure) && !isUnchanged(failure) && !isInConflict(failure)) throw runtimeError('unavailable', failure);
      });
    },
    async diskUsage(id: string): Promise<number> {
      try {
        const found = (await docker.getContainer(id).inspect(withSize)) as Dockerode.ContainerInspectInfo & { SizeRw?: number };
        const log = found.LogPath === '' ? undefined : await stat(found.LogPath).catch(() => undefined);
        return (found.SizeRw ?? 0) + (log?.size ?? 0);
      } catch (failure) {
        throw runtimeError('unavailable', failure);
      }
    },
    async update(id: string, figures: ContainerConfig['resources']): Promise<void> {
      await docker
        .getContainer(id)
        .update(updateOf(figures))
        .catch((failure: unknown) => {
          throw runtimeError('unavailable', failure);
        });
    },
    remove: (id: string): Promise<void> => forceRemove(docker, id),
  };
}
