import { type Errors, invalid } from '../field-error.ts';

export function* noBacksteps(field: string, path: string): Errors {
  if (path.split('/').includes('..')) yield invalid(field, path, "must not contain '..'");
}

/** A path below some directory: relative, never climbing out. */
export function* relativePath(field: string, path: string): Errors {
  if (path.startsWith('/')) yield invalid(field, path, 'must be a relative path');
  yield* noBacksteps(field, path);
}

/** As relativePath; also names starting with `..`, which atomic updates of volumes use themselves. */
export function* volumeItemPath(field: string, path: string): Errors {
  yield* relativePath(field, path);
  if (path.startsWith('..') && !path.startsWith('../')) yield invalid(field, path, "must not start with '..'");
}
