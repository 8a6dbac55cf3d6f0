import type { Kind } from '../api/kind.ts';

type Keyed = Pick<Kind, 'group' | 'plural'>;

/** Where a kind's objects lie, with a trailing slash: `/apps/deployments/`, or `/apps/deployments/default/` for one namespace. */
export const kindPrefix = (kind: Keyed, namespace?: string): string => {
  const prefix = `/${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`;
  return namespace === undefined || namespace === '' ? prefix : `${prefix}${namespace}/`;
};

/** The key of one object: `/apps/deployments/default/web`, `/core/nodes/n1`. */
export const objectKey = (kind: Keyed, namespace: string | undefined, name: string): string => kindPrefix(kind, namespace) + name;
