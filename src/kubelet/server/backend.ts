import type { Pod } from '../../api/types/core-v1.ts';
import type { Usage } from '../node/node-usage.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';

/** What the kubelet's HTTP server asks of the kubelet. */
export interface KubeletServerBackend {
  nodeName: string;
  runtime: ContainerRuntime;
  /** Of the node, as its status has it. */
  capacity?: Readonly<Record<string, string>>;
  version?: string;
  /** What the node as a whole uses; absent where only its containers can be measured. */
  nodeUsage?(): Promise<Usage>;
  /** The kubelet's own settings, as `/configz` shows them (KubeletConfiguration). */
  config?: Readonly<Record<string, unknown>>;
  /** Where the node's logs are; absent where it has none. */
  logDir?: string;
  /** Pods bound to this node, with their newest status. */
  pods(): Pod[];
  /**
   * The runtime id of a container: the newest instance, or with `previous` the one before it. Undefined while there is
   * none, or with `running` none that runs. An empty `container` means the pod's only (or first) one.
   */
  containerId(
    namespace: string,
    pod: string,
    container: string,
    options?: { previous?: boolean; running?: boolean },
  ): Promise<string | undefined>;
  /** The runtime id of the pod's sandbox, undefined while there is none. */
  sandboxId(namespace: string, pod: string): Promise<string | undefined>;
}
