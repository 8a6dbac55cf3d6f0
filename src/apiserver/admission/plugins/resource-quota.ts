import type { ResourceList } from '../../../api/pod-requests.ts';
import { addQuantity, compareQuantity, formatQuantity, isZeroQuantity, type QuantityLike } from '../../../api/quantity.ts';
import { quotaCovers, quotaMatches, quotaUsage, subtractResources } from '../../../api/quota.ts';
import { kinds } from '../../../api/scheme.ts';
import { ApiError } from '../../../api/status.ts';
import type { Pod, ResourceQuota } from '../../../api/types/core-v1.ts';
import { type AdmissionAttributes, type AdmissionContext, type AdmissionPlugin, admissionForbidden, isFor } from '../plugin.ts';

/** How often a charge that another request overtook is tried again. */
const attempts = 32;

/**
 * Charges a request to the namespace's quotas and refuses what exceeds one. The charge is a compare-and-set of the quota's
 * status, so requests side by side cannot both take the last of it; what is charged for a request that fails later is
 * given back by the quota controller's next count.
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  async validate(attributes, context) {
    if (!isCharged(attributes)) return;
    for (let attempt = 0; ; attempt++) {
      const quotas = await context.list(kinds.ResourceQuota, attributes.namespace);
      if (quotas.length === 0) return;
      const charged = quotas.flatMap((quota) => charge(attributes, quota, context.clock.now()));
      if (attributes.dryRun || charged.length === 0) return;
      if (await write(charged, context)) return;
      if (attempt >= attempts) {
        throw new ApiError(
          'Conflict',
          `Operation cannot be fulfilled on resourcequotas: quota of ${attributes.namespace} changes too fast`,
        );
      }
    }
  },
};

/** Creates of anything in a namespace; updates of what can grow. */
function isCharged(attributes: AdmissionAttributes): boolean {
  const { operation, kind, namespace, object } = attributes;
  if (!kind.namespaced || namespace === '' || object === undefined) return false;
  if (operation === 'CREATE') return attributes.subresource === '' && !kind.verbs.every((verb) => verb === 'create');
  if (operation !== 'UPDATE') return false;
  const { PersistentVolumeClaim, Pod, Service } = kinds;
  if (isFor(attributes, Service) || isFor(attributes, Pod, 'resize')) return true;
  // A claim's status says what was granted, and of which class it is.
  return isFor(attributes, PersistentVolumeClaim) || isFor(attributes, PersistentVolumeClaim, 'status');
}

/** The quota with the request charged to it; nothing when it is not concerned. Throws when it does not allow the request. */
function charge(attributes: AdmissionAttributes, quota: ResourceQuota, now: number): ResourceQuota[] {
  const { kind, object, oldObject, operation } = attributes;
  if (object === undefined || !quotaMatches(quota, kind, object)) return [];
  // What its controller has not looked at yet is not held against anybody.
  const { hard = {}, used = {} } = quota.status ?? {};
  const limited = Object.keys(hard).filter((name) => quotaCovers(kind, name));
  if (limited.length === 0) return [];
  const name = quota.metadata.name ?? '';
  const unknown = limited.filter((resource) => used[resource] === undefined);
  if (unknown.length > 0) {
    throw admissionForbidden(attributes, `status unknown for quota: ${name}, resources: ${unknown.sort().join(',')}`);
  }
  if (isFor(attributes, kinds.Pod)) checkSpecified(attributes, name, limited, object as Pod);

  const after = quotaUsage(kind, object, now);
  const counted = operation === 'UPDATE' && oldObject !== undefined && quotaMatches(quota, kind, oldObject);
  const delta = counted ? subtractResources(after, quotaUsage(kind, oldObject, now)) : after;
  const requested = Object.fromEntries(limited.flatMap((resource) => amountOf(resource, delta)));
  if (Object.keys(requested).length === 0) return [];

  const exceeded = Object.entries(requested).filter(
    ([resource, amount]) =>
      compareQuantity(amount, undefined) > 0 && compareQuantity(addQuantity(used[resource], amount), hard[resource]) > 0,
  );
  if (exceeded.length > 0) {
    const show = (list: Record<string, QuantityLike>) =>
      exceeded
        .map(([resource]) => `${resource}=${formatQuantity(list[resource])}`)
        .sort()
        .join(',');
    throw admissionForbidden(
      attributes,
      `exceeded quota: ${name}, requested: ${show(requested)}, used: ${show(used)}, limited: ${show(hard)}`,
    );
  }
  const newUsed = { ...used };
  for (const [resource, amount] of Object.entries(requested)) newUsed[resource] = formatQuantity(addQuantity(used[resource], amount));
  return [{ ...quota, status: { ...quota.status, used: newUsed } }];
}

function amountOf(resource: string, delta: ResourceList): [string, ResourceList[string]][] {
  const amount = delta[resource];
  return amount === undefined || isZeroQuantity(amount) ? [] : [[resource, amount]];
}

/** Where cpu or memory is limited, every container has to say what it wants of it. */
function checkSpecified(attributes: AdmissionAttributes, quotaName: string, limited: readonly string[], pod: Pod): void {
  const compute = limited.flatMap((name) => {
    const [, side = 'requests', resource = ''] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name) ?? [];
    return resource === '' ? [] : [{ name, side: side as 'requests' | 'limits', resource }];
  });
  const missing = compute.flatMap(({ name, side, resource }) => {
    if (pod.spec?.resources?.[side]?.[resource] !== undefined) return [];
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    const without = containers.filter(({ resources }) => resources?.[side]?.[resource] === undefined).map((container) => container.name);
    return without.length === 0 ? [] : [`${name} for: ${without.sort().join(',')}`];
  });
  if (missing.length > 0) throw admissionForbidden(attributes, `failed quota: ${quotaName}: must specify ${missing.sort().join('; ')}`);
}

/** Writes the charged quotas; false when one was changed meanwhile, and then it is all to be looked at again. */
async function write(charged: readonly ResourceQuota[], context: AdmissionContext): Promise<boolean> {
  for (const quota of charged) if (!(await context.updateStatus(kinds.ResourceQuota, quota))) return false;
  return true;
}
