import { type PodSandbox, type PodSandboxConfig, runtimeLabels } from '../runtime.ts';
import { type DockerContext, forceRemove, isInConflict, isMissing, isUnchanged, labels, runtimeError } from './context.ts';
import { sandboxOf } from './inventory.ts';

const nameOf = (config: PodSandboxConfig): string => `k8s_POD_${config.name}_${config.namespace}_${config.uid}_${config.attempt}`;

/**
 * A sandbox is one container that sleeps and holds the pod's network, IPC and (when shared) PID namespace; the pod's
 * containers join it. Docker writes its hosts and resolv.conf, which the joined containers share.
 */
export function sandboxes(context: DockerContext, image: () => Promise<string>) {
  const { docker } = context;

  async function create(config: PodSandboxConfig): Promise<string> {
    const options = {
      name: nameOf(config),
      Image: await image(),
      ...(config.hostNetwork ? {} : { Hostname: config.hostname }),
      Labels: {
        [runtimeLabels.podName]: config.name,
        [runtimeLabels.podNamespace]: config.namespace,
        [runtimeLabels.podUid]: config.uid,
        [labels.type]: 'podsandbox',
        [labels.attempt]: String(config.attempt),
        [labels.pod]: JSON.stringify({
          labels: config.labels,
          annotations: config.annotations,
          hostNetwork: config.hostNetwork,
          shareProcessNamespace: config.shareProcessNamespace,
        }),
      },
      HostConfig: {
        NetworkMode: config.hostNetwork ? 'host' : 'bridge',
        IpcMode: config.hostIPC ? 'host' : 'shareable',
        ...(config.hostPID ? { PidMode: 'host' } : {}),
        Dns: config.dns.nameservers,
        DnsSearch: config.dns.searches.length > 0 ? config.dns.searches : ['.'],
        DnsOptions: config.dns.options,
        ExtraHosts: config.hostAliases.flatMap((alias) => alias.hostnames.map((host) => `${host}:${alias.ip}`)),
        ...(config.runtimeHandler === '' ? {} : { Runtime: config.runtimeHandler }),
        ...(Object.keys(config.sysctls).length > 0 ? { Sysctls: config.sysctls } : {}),
        SecurityOpt: ['seccomp=unconfined'],
        CpuShares: 2,
        LogConfig: { Type: 'none', Config: {} },
      },
    };
    try {
      return (await docker.createContainer(options)).id;
    } catch (failure) {
      if (!isInConflict(failure)) throw failure;
      // Left by a kubelet that died between creating and recording it: nothing runs in it.
      await docker.getContainer(options.name).remove({ force: true, v: true });
      return (await docker.createContainer(options)).id;
    }
  }

  return {
    async run(config: PodSandboxConfig): Promise<PodSandbox> {
      let id: string | undefined;
      try {
        id = await create(config);
        await docker.getContainer(id).start();
        return sandboxOf(await docker.getContainer(id).inspect());
      } catch (failure) {
        if (id !== undefined)
          await docker
            .getContainer(id)
            .remove({ force: true, v: true })
            .catch(() => undefined);
        throw runtimeError('create-failed', failure);
      }
    },
    async stop(id: string): Promise<void> {
      await docker
        .getContainer(id)
        .kill()
        .catch((failure: unknown) => {
          if (!isMissing(failure) && !isUnchanged(failure) && !isInConflict(failure)) throw runtimeError('unavailable', failure);
        });
    },
    remove: (id: string): Promise<void> => forceRemove(docker, id),
  };
}
