import type { Kind } from './kind.ts';
import type { KubeObject } from './object.ts';

/** `Deployment.apps`, or `Pod` for the core group: how upstream prints a GroupKind, and the key of every table by kind. */
export const groupKind = (kind: { group: string; kind: string }): string => (kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`);

/** Pairs a kind with a function over its objects, so that a table's rows are checked against the kind's type. */
export const row = <T extends KubeObject>(kind: Kind<T>, run: (object: T) => void): [string, (object: KubeObject) => void] => [
  groupKind(kind),
  run as (object: KubeObject) => void,
];
