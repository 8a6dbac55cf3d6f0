/**
 * What upstream's registry strategies do around a write: which parts a request may set on create, update and through each
 * subresource, and when `metadata.generation` moves. Runs after defaulting and admission, before validation. Name, uid and
 * creationTimestamp must already be set: Job selectors and volume timestamps are made from them.
 */
import { isDeepStrictEqual } from 'node:util';
import { semanticEqual } from '../deep-equal.ts';
import { fillAlwaysWritten } from '../defaults/always-written.ts';
import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { strategies } from './kinds.ts';
import { customResource, type Strategy, type WithParts } from './parts.ts';

const strategyOf = (kind: Kind): Strategy => strategies.get(groupKind(kind)) ?? customResource(kind);

/** Resets what a creator may not set, and fills what upstream fills at this point. Changes `object`. */
export function prepareForCreate(kind: Kind, object: KubeObject): void {
  const strategy = strategyOf(kind);
  const whole: WithParts = object;
  delete object.metadata.generation;
  if (strategy.generation !== undefined) object.metadata.generation = 1;
  if (strategy.status !== undefined && strategy.status !== 'keep') {
    const empty = strategy.status();
    if (empty === undefined) delete whole.status;
    else whole.status = empty;
  }
  strategy.create?.(object);
  fillAlwaysWritten(kind, object);
}

/**
 * Brings `object`, the wanted state, in line with `old`, the stored one: through the main resource the status stays as it
 * was; through a subresource only that part moves. Changes `object`, never `old`. `now` is the time of the request in
 * RFC 3339, for the few timestamps that strategies set.
 */
export function prepareForUpdate(kind: Kind, object: KubeObject, old: KubeObject, subresource = '', now?: string): void {
  prepareParts(kind, object, old, subresource, now);
  fillAlwaysWritten(kind, object);
}

function prepareParts(kind: Kind, object: KubeObject, old: KubeObject, subresource: string, now: string | undefined): void {
  const strategy = strategyOf(kind);
  const whole: WithParts = object;
  const before: WithParts = old;
  const context = { now: now ?? object.metadata.creationTimestamp };
  if (old.metadata.generation === undefined) delete object.metadata.generation;
  else object.metadata.generation = old.metadata.generation;

  const special = strategy.subresource?.[subresource];
  // Scale and binding are ordinary updates of the object behind them.
  if (special === undefined && subresource !== 'status') {
    if (strategy.status !== undefined) restore(whole, before, 'status');
    strategy.update?.(object, old, context);
    const changed = strategy.generation;
    const equal = kind.custom === undefined ? semanticEqual : isDeepStrictEqual;
    if (changed?.some((part) => !equal(part(object), part(old)))) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
    return;
  }
  if (subresource === 'status' && strategy.status !== undefined) {
    for (const part of Object.keys({ ...whole, ...before })) if (!statusKeeps.has(part)) restore(whole, before, part as keyof WithParts);
    if (strategy.statusMeta === 'old') restoreMeta(object, old);
  }
  special?.(object, old, context);
}

/** Whether a PUT to a name that does not exist creates the object, as upstream's AllowCreateOnUpdate says. */
export const allowCreateOnUpdate = (kind: Kind): boolean => createOnUpdate.has(groupKind(kind));

const createOnUpdate = new Set([
  'Endpoints',
  'Event',
  'Event.events.k8s.io',
  'LimitRange',
  'Service',
  'Lease.coordination.k8s.io',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'ClusterRole.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'RuntimeClass.node.k8s.io',
]);

const statusKeeps = new Set(['apiVersion', 'kind', 'metadata', 'status']);

function restore(object: WithParts, old: WithParts, part: keyof WithParts): void {
  if (old[part] === undefined) delete object[part];
  else Object.assign(object, { [part]: old[part] });
}

/** ResetObjectMetaForStatus: all metadata as stored, except what records who wrote it. */
function restoreMeta(object: KubeObject, old: KubeObject): void {
  const { resourceVersion, managedFields } = object.metadata;
  object.metadata = { ...old.metadata };
  if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
  if (managedFields !== undefined) object.metadata.managedFields = managedFields;
}
