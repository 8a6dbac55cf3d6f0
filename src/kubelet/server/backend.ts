import type { Pod } from '../../api/types/core-v1.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';

/** What the kubelet's HTTP server asks of the kubelet. */
export interface KubeletServerBackend {
  nodeName: string;
  runtime: ContainerRuntime;
  /** Pods bound to this node, with their newest status. */
  pods(): Pod[];
  /**
   * The runtime id of a container: the newest instance, or with `previous` the one before it. Undefined while there is
   * none. An empty `container` means the pod's only (or first) one.
   */
  containerId(namespace: string, pod: string, container: string, options?: { previous?: boolean }): Promise<string | undefined>;
  /** The runtime id of the pod's sandbox, undefined while there is none. */
  sandboxId(namespace: string, pod: string): Promise<string | undefined>;
}
