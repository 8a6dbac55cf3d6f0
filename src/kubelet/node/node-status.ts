import { formatQuantity, subQuantity } from '../../api/quantity.ts';
import type { Node, NodeCondition, NodeStatus, NodeSystemInfo } from '../../api/types/core-v1.ts';
import { isNativeResource } from '../../api/validation/resources.ts';
import type { RuntimeImage } from '../runtime/runtime.ts';

export const kubeletVersion = 'v1.36.0';
/** `status.images` names that many, the largest first (nodeStatusMaxImages). */
const mostImages = 50;

export interface NodeFacts {
  nodeName: string;
  nodeIP: string;
  kubeletPort: number;
  capacity: Readonly<Record<string, string>>;
  allocatable: Readonly<Record<string, string>>;
  system: Partial<NodeSystemInfo>;
  runtimeVersion: string;
  images: RuntimeImage[];
  /** What keeps the node from running pods; undefined when nothing does. */
  problem: string | undefined;
  /** What the node runs short of; default nothing. */
  pressures?: ReadonlySet<'MemoryPressure' | 'DiskPressure'>;
}

/** All that pods cannot have is taken from the capacity. */
export function allocatableOf(
  capacity: Readonly<Record<string, string>>,
  reserved: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, quantity] of Object.entries(capacity)) {
    result[name] = reserved[name] === undefined ? quantity : formatQuantity(subQuantity(quantity, reserved[name]));
  }
  return result;
}

/**
 * What others say that the node has (extended resources, posted into its capacity) can be allocated, and what has no capacity
 * any more cannot: upstream's `MachineInfo` setter. `posted` is the status as the API has it.
 */
export function withExtendedResources(own: NodeStatus, posted: NodeStatus | undefined): NodeStatus {
  const allocatable: Record<string, string | null> = { ...own.allocatable };
  const foreign = (list: Record<string, string> = {}): string[] =>
    Object.keys(list).filter((name) => !isNativeResource(name) && own.capacity?.[name] === undefined);
  for (const name of foreign(posted?.allocatable)) if (posted?.capacity?.[name] === undefined) allocatable[name] = null;
  for (const name of foreign(posted?.capacity)) allocatable[name] = posted?.capacity?.[name] ?? null;
  return { ...own, allocatable: allocatable as Record<string, string> };
}

/** The node's status as the kubelet reports it (pkg/kubelet/nodestatus). `now` is the time of the heartbeat. */
export function nodeStatus(facts: NodeFacts, before: Node | undefined, now: string): NodeStatus {
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const old = before?.status?.conditions?.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  };
  const short = (type: 'MemoryPressure' | 'DiskPressure'): boolean => facts.pressures?.has(type) ?? false;
  return {
    addresses: [
      { type: 'InternalIP', address: facts.nodeIP },
      { type: 'Hostname', address: facts.nodeName },
    ],
    capacity: { ...facts.capacity },
    allocatable: { ...facts.allocatable },
    conditions: [
      short('MemoryPressure')
        ? condition('MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
        : condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      short('DiskPressure')
        ? condition('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
        : condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      facts.problem === undefined
        ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
        : condition('Ready', 'False', 'KubeletNotReady', facts.problem),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    images: facts.images
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, mostImages)
      .map(({ repoTags, repoDigests, sizeBytes }) => ({ names: [...repoDigests, ...repoTags], sizeBytes })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      kernelVersion: '',
      machineID: '',
      operatingSystem: 'linux',
      osImage: '',
      systemUUID: '',
      ...facts.system,
      containerRuntimeVersion: facts.runtimeVersion,
      kubeletVersion,
      kubeProxyVersion: '',
    },
  };
}
