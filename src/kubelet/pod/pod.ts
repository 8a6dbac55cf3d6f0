import type {
  Container,
  ContainerRestartRule,
  ContainerStatus,
  EphemeralContainer,
  ObjectReference,
  Pod,
  PodStatus,
} from '../../api/types/core-v1.ts';

/** A container of any of the three lists; ephemeral ones carry all fields that matter here. */
export type AnyContainer = Container | EphemeralContainer;
export type ContainerRole = 'init' | 'main' | 'ephemeral';

/** `name_namespace(uid)`: how the kubelet names a pod in messages (format.Pod). */
export const formatPod = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;

/** An init container that keeps running beside the others. */
export const isSidecar = (container: { restartPolicy?: string }): boolean => container.restartPolicy === 'Always';

export const initContainers = (pod: Pod): Container[] => pod.spec?.initContainers ?? [];
export const mainContainers = (pod: Pod): Container[] => pod.spec?.containers ?? [];
export const ephemeralContainers = (pod: Pod): EphemeralContainer[] => pod.spec?.ephemeralContainers ?? [];
export const allContainers = (pod: Pod): AnyContainer[] => [...initContainers(pod), ...mainContainers(pod), ...ephemeralContainers(pod)];

export const roleOf = (pod: Pod, name: string): ContainerRole =>
  mainContainers(pod).some((one) => one.name === name)
    ? 'main'
    : initContainers(pod).some((one) => one.name === name)
      ? 'init'
      : 'ephemeral';

export const findContainer = (pod: Pod, name: string): AnyContainer | undefined => allContainers(pod).find((one) => one.name === name);

export const statusOf = (status: PodStatus | undefined, name: string): ContainerStatus | undefined =>
  status?.containerStatuses?.find((one) => one.name === name) ??
  status?.initContainerStatuses?.find((one) => one.name === name) ??
  status?.ephemeralContainerStatuses?.find((one) => one.name === name);

const fieldOf = { init: 'initContainers', main: 'containers', ephemeral: 'ephemeralContainers' } as const;

/** What an event about a container points at (GenerateContainerRef): the pod, with `spec.containers{name}`. */
export const containerReference = (pod: Pod, name: string): ObjectReference => ({
  ...podReference(pod),
  fieldPath: `spec.${fieldOf[roleOf(pod, name)]}{${name}}`,
});

export function podReference({ metadata }: Pod): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** The first of a container's rules that its exit code meets (KEP-5307). */
export const matchingRule = ({ restartPolicyRules = [] }: AnyContainer, exitCode: number): ContainerRestartRule | undefined =>
  restartPolicyRules.find(
    ({ exitCodes }) => exitCodes !== undefined && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In'),
  );

/** Whether a container that ended is started again (ShouldContainerBeRestarted with KEP-5307's per-container rules). */
export function shouldRestart(pod: Pod, container: AnyContainer, role: ContainerRole, exitCode: number): boolean {
  if (role === 'ephemeral') return false;
  if (matchingRule(container, exitCode) !== undefined) return true;
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  // An init container of a pod that always restarts is tried again only until it succeeds.
  if (role === 'init' && !isSidecar(container)) return policy !== 'Never' && exitCode !== 0;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
