import type { KubeObject } from '../api/object.ts';

/** One write as the store tells of it. Objects are shared and must not be changed. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `/apps/deployments/default/web`: group (or `core`), plural, namespace where there is one, name. */
  key: string;
  revision: number;
  /** For a deletion the last state. */
  object: KubeObject;
  /** The state before; absent for what is new. */
  previous?: KubeObject;
}

/** What a key says of its object. */
export function partsOf(key: string): { group: string; plural: string; namespace: string | undefined; name: string } {
  const [, group = '', plural = '', ...rest] = key.split('/');
  const name = rest.at(-1) ?? '';
  return { group: group === 'core' ? '' : group, plural, namespace: rest.length > 1 ? rest[0] : undefined, name };
}

/** `pods`, `deployments.apps`: the resource as kubectl names it. */
export function resourceOf(key: string): string {
  const { group, plural } = partsOf(key);
  return group === '' ? plural : `${plural}.${group}`;
}
