import type Docker from 'dockerode';
import { clusterLabels, type NodeSpec } from '../provider.ts';
import { networkName } from './network.ts';

/** Environment that images/node's scripts and the roles read. */
const environment = (spec: NodeSpec): Record<string, string> => ({
  ...spec.env,
  /** The bridge of the node's own engine: the first address of the pod range. */
  SHOAL_BRIDGE_ADDRESS: bridgeAddress(spec.podCIDR),
  ...(spec.resources.cpu === undefined ? {} : { SHOAL_NODE_CPU: String(spec.resources.cpu) }),
  ...(spec.resources.memory === undefined ? {} : { SHOAL_NODE_MEMORY: String(spec.resources.memory) }),
});

/** `10.244.1.0/24` → `10.244.1.1/24`. */
export function bridgeAddress(podCIDR: string): string {
  const [network = '', bits = '24'] = podCIDR.split('/');
  const bytes = network.split('.').map(Number);
  bytes[3] = (bytes[3] ?? 0) + 1;
  return `${bytes.join('.')}/${bits}`;
}

/** The node's volumes by where they are mounted: the engine's data, and Shoal's own. */
export const volumesOf = (name: string): Record<string, string> => ({
  '/var/lib/docker': `shoal-${name}-docker`,
  '/var/lib/shoal': `shoal-${name}-data`,
});

/**
 * What to ask the engine for. Instead of `--privileged` a node gets the capabilities that the engine has to give, and
 * what keeps an engine from running in it is lifted one by one: seccomp and AppArmor profiles, masked and read-only paths,
 * the device list. `tmpfs` on /run makes every start a clean one.
 */
export function containerOptions(
  spec: NodeSpec,
  capabilities: readonly string[],
  cgroupns: 'private' | 'host',
): Docker.ContainerCreateOptions {
  const labels = { [clusterLabels.cluster]: spec.cluster, [clusterLabels.role]: spec.role, [clusterLabels.node]: spec.name };
  // The field is the engine's; the published types lack it.
  const hostConfig: Docker.HostConfig & { CgroupnsMode: string } = {
    CapAdd: capabilities.map((capability) => `CAP_${capability.toUpperCase()}`),
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
    MaskedPaths: [],
    ReadonlyPaths: [],
    DeviceCgroupRules: ['a *:* rwm'],
    CgroupnsMode: cgroupns,
    Tmpfs: { '/run': 'rw,exec,mode=755', '/tmp': 'rw,exec,mode=1777' },
    Mounts: [
      ...Object.entries(volumesOf(spec.name)).map(([target, source]) => ({
        Type: 'volume' as const,
        Source: source,
        Target: target,
        VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: '', Options: {} } },
      })),
      ...spec.mounts.map((mount) => ({
        Type: 'bind' as const,
        Source: mount.hostPath,
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
        BindOptions: { Propagation: 'rprivate' as const },
      })),
    ],
    PortBindings: portBindings(spec.ports),
    // Not `always`: a node that was stopped or killed on purpose stays down over a restart of the engine.
    RestartPolicy: { Name: 'unless-stopped' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    NetworkMode: networkName(spec.cluster),
    ...(spec.resources.cpu === undefined ? {} : { NanoCpus: Math.round(spec.resources.cpu * 1e9) }),
    // The same for both: a node with a size has no swap, as Kubernetes has it.
    ...(spec.resources.memory === undefined ? {} : { Memory: spec.resources.memory, MemorySwap: spec.resources.memory }),
  };
  return {
    name: spec.name,
    Hostname: spec.name,
    Image: spec.image,
    Env: Object.entries(environment(spec)).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels, ...labels },
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.containerPort}/${port.protocol}`, {}])),
    StopSignal: 'SIGTERM',
    HostConfig: hostConfig,
    NetworkingConfig: {
      EndpointsConfig: { [networkName(spec.cluster)]: { IPAMConfig: { IPv4Address: spec.ip }, Aliases: [spec.name] } },
    },
  };
}

function portBindings(ports: NodeSpec['ports']): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.host, HostPort: String(port.hostPort) }];
  }
  return bindings;
}
