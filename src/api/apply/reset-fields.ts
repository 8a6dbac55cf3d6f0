import type { Kind } from '../kind.ts';
import { childOf, emptySet, type FieldSet } from './field-set.ts';

/** What of a container may be set through `resize`. */
const resized: readonly string[] = ['f:resources', 'f:resizePolicy'];

/**
 * Of what an applied configuration sets, what its applier comes to own: through subresources that change one part of an
 * object, that part alone (upstream: the strategies' GetResetFieldsFilter).
 */
export function ownedThrough({ group, kind }: Pick<Kind, 'group' | 'kind'>, subresource: string, set: FieldSet): FieldSet {
  if (group !== '' || kind !== 'Pod' || (subresource !== 'resize' && subresource !== 'ephemeralcontainers')) return set;
  const result = emptySet();
  const spec = set.children.get('f:spec')?.children;
  if (subresource === 'ephemeralcontainers') {
    const containers = spec?.get('f:ephemeralContainers');
    if (containers !== undefined) childOf(result, 'f:spec').children.set('f:ephemeralContainers', containers);
    return result;
  }
  for (const list of ['f:containers', 'f:initContainers']) {
    for (const [item, fields] of spec?.get(list)?.children ?? []) {
      for (const name of resized) {
        const field = fields.children.get(name);
        if (field !== undefined) childOf(childOf(childOf(result, 'f:spec'), list), item).children.set(name, field);
      }
    }
  }
  return result;
}
