import { badRequest } from './call.ts';

/** Where a paged list goes on: after `start`, as of revision `rv`; -1 means the newest (after an expired token). */
export interface ContinueToken {
  rv: number;
  start: string;
}

/** Upstream's token: base64url of JSON with its version. Opaque to clients. */
export const encodeContinue = (token: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.rv, start: token.start })).toString('base64url');

/** Reads a token made by {@link encodeContinue} for a list below `prefix`; 400 for anything else. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw badRequest('continue key is not valid: not a token of this server');
  }
  const { v, rv, start } = (value ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== 'meta.k8s.io/v1')
    throw badRequest(`continue key is not valid: server does not recognize this encoded version ${JSON.stringify(v)}`);
  if (typeof rv !== 'number' || !Number.isInteger(rv) || (rv < 0 && rv !== -1)) {
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '' || `/${start}`.includes('/../')) {
    throw badRequest('continue key is not valid: encoded start key empty or invalid (version meta.k8s.io/v1)');
  }
  return { rv, start: prefix + start };
}
