import { addQuantity, compareQuantity, parseQuantity, type Quantity } from './quantity.ts';
import type { Container, ContainerStatus, Pod } from './types/core-v1.ts';

export type ResourceList = Record<string, Quantity>;

export interface PodRequestsOptions {
  /** Taken for a container that says nothing of a resource (the scheduler's non-zero requests). */
  missing?: ResourceList;
  /** Leaves `spec.overhead` out. */
  withoutOverhead?: boolean;
}

/**
 * What a pod asks of its node (component-helpers resource `PodRequests`, as the scheduler and quota use it): the sum of its
 * containers and sidecars, or what its init containers need at their peak, whichever is more; requests of the pod level
 * before those; plus overhead. Of a container being resized the larger of wanted and granted counts.
 */
export function podRequests(pod: Pod, options: PodRequestsOptions = {}): ResourceList {
  const { spec, status } = pod;
  const infeasible = status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false;
  const total = sumOfContainers(pod, (container, statuses) => {
    const granted = statuses?.find(({ name }) => name === container.name);
    return containerRequests(container, granted, infeasible, options.missing);
  });
  for (const [name, quantity] of Object.entries(spec?.resources?.requests ?? {})) {
    if (isPodLevelResource(name)) total[name] = parseQuantity(quantity);
  }
  if (options.withoutOverhead !== true) add(total, parsed(spec?.overhead));
  return total;
}

/** What a pod may use at most, by the same rules; resources that some container leaves unlimited are summed where given. */
export function podLimits({ spec }: Pod): ResourceList {
  const total = sumOfContainers({ metadata: {}, ...(spec === undefined ? {} : { spec }) }, (container) =>
    parsed(container.resources?.limits),
  );
  for (const [name, quantity] of Object.entries(spec?.resources?.limits ?? {})) {
    if (isPodLevelResource(name)) total[name] = parseQuantity(quantity);
  }
  for (const [name, quantity] of Object.entries(parsed(spec?.overhead))) {
    if (total[name] !== undefined) total[name] = addQuantity(total[name], quantity);
  }
  return total;
}

/** Init containers run one after another, each beside the sidecars that started before it. */
function sumOfContainers(
  { spec, status }: Pod,
  amountOf: (container: Container, statuses: readonly ContainerStatus[] | undefined) => ResourceList,
): ResourceList {
  const total: ResourceList = {};
  const sidecars: ResourceList = {};
  const peak: ResourceList = {};
  for (const container of spec?.containers ?? []) add(total, amountOf(container, status?.containerStatuses));
  for (const container of spec?.initContainers ?? []) {
    const amount = amountOf(container, status?.initContainerStatuses);
    if (container.restartPolicy === 'Always') {
      add(total, amount);
      add(sidecars, amount);
      raise(peak, sidecars);
    } else {
      const beside = { ...sidecars };
      add(beside, amount);
      raise(peak, beside);
    }
  }
  raise(total, peak);
  return total;
}

function containerRequests(
  { resources }: Container,
  status: ContainerStatus | undefined,
  infeasible: boolean,
  missing: ResourceList | undefined,
): ResourceList {
  const requests = infeasible && status !== undefined ? {} : parsed(resources?.requests);
  if (status !== undefined) {
    raise(requests, parsed(status.resources?.requests));
    raise(requests, parsed(status.allocatedResources));
  }
  return missing === undefined ? requests : { ...missing, ...requests };
}

const isPodLevelResource = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

function parsed(list: Record<string, string> | undefined): ResourceList {
  const result: ResourceList = {};
  for (const name in list) result[name] = parseQuantity(list[name]);
  return result;
}

function add(total: ResourceList, amount: ResourceList): void {
  for (const name in amount) total[name] = total[name] === undefined ? parseQuantity(amount[name]) : addQuantity(total[name], amount[name]);
}

function raise(total: ResourceList, amount: ResourceList): void {
  for (const name in amount) {
    if (total[name] === undefined || compareQuantity(total[name], amount[name]) < 0) total[name] = parseQuantity(amount[name]);
  }
}
