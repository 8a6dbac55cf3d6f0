import type { Container, ContainerStatus, Pod } from '../../api/types/core-v1.ts';

/** A container of a pod with what its status says of it. */
export interface ContainerState {
  readonly container: Container;
  readonly status: ContainerStatus;
  readonly init: boolean;
}

/** All that have a status, init containers first. */
export function containersOf({ spec, status }: Pod): ContainerState[] {
  const join = (containers: readonly Container[], statuses: readonly ContainerStatus[], init: boolean): ContainerState[] =>
    containers.flatMap((container) => {
      const found = statuses.find(({ name }) => name === container.name);
      return found === undefined ? [] : [{ container, status: found, init }];
    });
  return [
    ...join(spec?.initContainers ?? [], status?.initContainerStatuses ?? [], true),
    ...join(spec?.containers ?? [], status?.containerStatuses ?? [], false),
  ];
}

/** `pod web` where it has one container, else `container main of pod web`. */
export function whoOf(pod: Pod, { container, init }: ContainerState): string {
  const name = pod.metadata.name ?? '';
  if (init) return `init container ${container.name} of pod ${name}`;
  return (pod.spec?.containers.length ?? 1) === 1 ? `pod ${name}` : `container ${container.name} of pod ${name}`;
}

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Whether the pod is meant to run on a node now: placed, not ended, not being deleted. */
export const isOnNode = ({ metadata, spec, status }: Pod): boolean =>
  (spec?.nodeName ?? '') !== '' && metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
