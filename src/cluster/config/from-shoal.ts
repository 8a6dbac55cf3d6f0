import type { Problem } from '../../util/yaml-problems.ts';
import type { NodeRole } from '../provider.ts';
import type { ControllerSettings, TaintConfig } from '../role-config.ts';
import { type ClusterNodeSpec, type ClusterSpec, defaultNetworking, nodeName, plainNode } from '../spec.ts';
import { amount, milliseconds } from './values.ts';

export interface PortMapping {
  containerPort: number;
  hostPort?: number;
  listenAddress?: string;
  protocol?: string;
}
export interface MountConfig {
  hostPath: string;
  containerPath: string;
  readOnly?: boolean;
}
interface NodeFile {
  role: NodeRole;
  name?: string;
  count?: number;
  image?: string;
  labels?: Record<string, string>;
  taints?: TaintConfig[];
  resources?: { cpu?: number | string; memory?: number | string };
  mounts?: MountConfig[];
  ports?: PortMapping[];
}
/** `shoal.dev/v1alpha1`, as the schema admits it. */
export interface ShoalFile {
  name?: string;
  nodes?: NodeFile[];
  networking?: Partial<ClusterSpec['networking']>;
  controllers?: Partial<Record<'nodeMonitorGracePeriod' | 'nodeStartupGracePeriod' | 'nodeMonitorPeriod' | 'podGCPeriod', string>> & {
    terminatedPodGCThreshold?: number;
    defaultTolerationSeconds?: number;
  };
  registry?: boolean | { port?: number };
  images?: string[];
  ttl?: string;
}

export const toMount = (mount: MountConfig): ClusterNodeSpec['mounts'][number] => ({
  hostPath: mount.hostPath,
  containerPath: mount.containerPath,
  readOnly: mount.readOnly ?? false,
});
export const toPort = (port: PortMapping): ClusterNodeSpec['ports'][number] => ({
  host: port.listenAddress ?? '127.0.0.1',
  hostPort: port.hostPort ?? 0,
  containerPort: port.containerPort,
  protocol: (port.protocol ?? 'tcp').toLowerCase() === 'udp' ? 'udp' : 'tcp',
});

type Locate = (path: readonly (string | number)[], message: string, key?: string) => Problem;

export function fromShoal(
  file: ShoalFile,
  overrides: { name?: string; defaultName: string },
  locate: Locate,
): { spec: ClusterSpec; problems: Problem[] } {
  const name = overrides.name ?? file.name ?? overrides.defaultName;
  const problems: Problem[] = [];
  const counts = { 'control-plane': 0, worker: 0 };
  const size = (value: number | string | undefined): number | undefined => (value === undefined ? undefined : amount(value));
  const listed: NodeFile[] = file.nodes ?? [{ role: 'control-plane' }];
  const nodes = listed.flatMap((node, index) => {
    const cpu = size(node.resources?.cpu);
    const memory = size(node.resources?.memory);
    const count = node.count ?? 1;
    if (count > 1 && node.name !== undefined)
      problems.push(locate(['nodes', index], 'a node with a name of its own cannot have a count', 'count'));
    return Array.from({ length: count }, (): ClusterNodeSpec => {
      counts[node.role]++;
      return {
        ...plainNode(node.name ?? nodeName(name, node.role, counts[node.role]), node.role),
        ...(node.image === undefined ? {} : { image: node.image }),
        labels: node.labels ?? {},
        taints: node.taints ?? [],
        resources: { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) },
        mounts: (node.mounts ?? []).map(toMount),
        ports: (node.ports ?? []).map(toPort),
      };
    });
  });
  return {
    spec: {
      name,
      nodes,
      networking: { ...defaultNetworking, ...file.networking },
      controllers: controllerSettings(file.controllers ?? {}),
      ...registryOf(file.registry),
      images: file.images ?? [],
      ...(file.ttl === undefined ? {} : { ttlMs: milliseconds(file.ttl) }),
    },
    problems,
  };
}

const registryOf = (file: ShoalFile['registry']): Pick<ClusterSpec, 'registry'> =>
  file === undefined || file === false ? {} : { registry: { port: file === true ? 0 : (file.port ?? 0) } };

/**
 * A cluster told to notice dead nodes sooner wants their pods back sooner too: unless said otherwise, pods tolerate a dead
 * node as long as the grace period is (docs/decisions/0005-dead-nodes.md).
 */
function controllerSettings(file: NonNullable<ShoalFile['controllers']>): ControllerSettings {
  const ms = (key: string, text: string | undefined) => (text === undefined ? {} : { [key]: milliseconds(text) });
  const grace = file.nodeMonitorGracePeriod;
  const toleration =
    file.defaultTolerationSeconds ?? (grace === undefined ? undefined : Math.min(300, Math.ceil(milliseconds(grace) / 1000)));
  return {
    ...ms('nodeMonitorGracePeriodMs', grace),
    ...ms('nodeStartupGracePeriodMs', file.nodeStartupGracePeriod),
    ...ms('nodeMonitorPeriodMs', file.nodeMonitorPeriod),
    ...ms('podGCPeriodMs', file.podGCPeriod),
    ...(file.terminatedPodGCThreshold === undefined ? {} : { terminatedPodGCThreshold: file.terminatedPodGCThreshold }),
    ...(toleration === undefined ? {} : { defaultTolerationSeconds: toleration }),
  };
}
