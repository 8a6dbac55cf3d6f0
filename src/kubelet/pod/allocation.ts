import { compareQuantity } from '../../api/quantity.ts';
import type { Container, ContainerStatus, Pod, ResourceRequirements } from '../../api/types/core-v1.ts';
import { type AnyContainer, initContainers, isSidecar, mainContainers, statusOf } from './pod.ts';

/** CPU and memory by container name, as the node has granted them (pkg/kubelet/allocation): what a pod runs with, whatever its spec wants by now. */
export type Allocation = ReadonlyMap<string, ResourceRequirements>;

/** What can be resized in place (KEP-1287). */
const resizable = ['cpu', 'memory'] as const;
type Resizable = (typeof resizable)[number];

const resizables = (pod: Pod): Container[] => [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)];

/** Everything that the spec wants. */
export const allocationOf = (pod: Pod): Allocation => new Map(resizables(pod).map(({ name, resources }) => [name, resources ?? {}]));

/** What a kubelet that was restarted had granted, by the status that it wrote; the spec where that says nothing. */
export const rememberedAllocation = (pod: Pod): Allocation =>
  new Map(
    resizables(pod).map(({ name, resources = {} }) => {
      const status = statusOf(pod.status, name);
      if (status?.resources === undefined) return [name, resources];
      const { limits } = status.resources;
      const requests = status.allocatedResources ?? status.resources.requests;
      return [name, { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) }];
    }),
  );

/** The resources whose requests or limits differ. */
export const changedResources = (a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): Resizable[] =>
  resizable.filter((name) =>
    (['requests', 'limits'] as const).some((side) => {
      const [one, other] = [a?.[side]?.[name], b?.[side]?.[name]];
      return one !== other && (one === undefined || other === undefined || compareQuantity(one, other) !== 0);
    }),
  );

/** The pod with what it was granted in place of what it wants; the same object where that is no different. */
export function withAllocation(pod: Pod, allocation: Allocation): Pod {
  const differs = ({ name, resources }: Container): boolean =>
    allocation.has(name) && changedResources(resources, allocation.get(name)).length > 0;
  if (pod.spec === undefined || !resizables(pod).some(differs)) return pod;
  const granted = (container: Container): Container => {
    if (!differs(container)) return container;
    const { resources = {} } = container;
    const given = allocation.get(container.name);
    return {
      ...container,
      resources: {
        ...resources,
        limits: replaced(resources.limits, given?.limits),
        requests: replaced(resources.requests, given?.requests),
      },
    };
  };
  const { initContainers: init, containers } = pod.spec;
  return {
    ...pod,
    spec: { ...pod.spec, containers: containers.map(granted), ...(init === undefined ? {} : { initContainers: init.map(granted) }) },
  };
}

function replaced(list: Record<string, string> = {}, given: Record<string, string> = {}): Record<string, string> {
  const result = { ...list };
  for (const name of resizable) {
    const quantity = given[name];
    if (quantity === undefined) delete result[name];
    else result[name] = quantity;
  }
  return result;
}

/** What a running container has in fact: as it was made or last resized; after a restart of the kubelet as its status said. */
export function actuatedResources(
  made: ReadonlyMap<string, ResourceRequirements>,
  statuses: readonly ContainerStatus[] | undefined,
  container: AnyContainer,
  id: string,
): ResourceRequirements {
  const known = statuses?.find(({ name, containerID }) => name === container.name && containerID?.endsWith(id) === true);
  return made.get(id) ?? known?.resources ?? container.resources ?? {};
}

/** How a running container gets the resources that it is to have; undefined when it has them. */
export function resizeOf(container: AnyContainer, actuated: ResourceRequirements): 'in-place' | 'restart' | undefined {
  const changed = changedResources(container.resources, actuated);
  if (changed.length === 0) return undefined;
  const restarts = changed.some(
    (name) => container.resizePolicy?.find(({ resourceName }) => resourceName === name)?.restartPolicy === 'RestartContainer',
  );
  return restarts ? 'restart' : 'in-place';
}

/** The message of an event about a resize (events.PodResize…Msg). */
export function resizeMessage(pod: Pod, what: string, error?: string): string {
  const sorted = (amounts: Record<string, string> = {}): Record<string, string> => Object.fromEntries(Object.entries(amounts).sort());
  const list = (containers: Container[]): object[] =>
    containers.map(({ name, resources: { limits, requests } = {} }) => ({
      name,
      resources: {
        ...(limits === undefined ? {} : { limits: sorted(limits) }),
        ...(requests === undefined ? {} : { requests: sorted(requests) }),
      },
    }));
  const init = initContainers(pod);
  const summary = {
    ...(init.length === 0 ? {} : { initContainers: list(init) }),
    containers: list(mainContainers(pod)),
    generation: pod.metadata.generation ?? 0,
    ...(error === undefined ? {} : { error }),
  };
  return `Pod resize ${what}: ${JSON.stringify(summary)}`;
}
