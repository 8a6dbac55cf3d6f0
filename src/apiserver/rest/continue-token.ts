import { goSyntaxError } from '../../api/go-json.ts';
import { badRequest } from './call.ts';

/** Where a paged list goes on: after `start`, as of revision `rv`; -1 means the newest (after an expired token). */
export interface ContinueToken {
  rv: number;
  start: string;
}

/** Upstream's token: base64url of JSON with its version. Opaque to clients. */
export const encodeContinue = (token: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.rv, start: token.start })).toString('base64url');

const refused = (why: string): Error => badRequest(`invalid continue token: continue key is not valid${why}`);

/** Reads a token made by {@link encodeContinue} for a list below `prefix`; 400 for anything else (upstream: DecodeContinue). */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  const value = parse(text);
  const { v, rv = 0, start = '' } = value as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== 'meta.k8s.io/v1') throw refused(`: server does not recognize this encoded version ${String(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw refused(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') throw refused(': encoded start key empty (version meta.k8s.io/v1)');
  // No token may lead out of the collection that is listed.
  if (`/${start}`.split('/').some((part, index) => part === '..' || part === '.' || (part === '' && index > 0)))
    throw refused(`: ${start}`);
  return { rv, start: prefix + start };
}

function parse(text: string): object {
  const at = text.search(/[^A-Za-z0-9_-]/);
  const wrong = at >= 0 ? at : text.length % 4 === 1 ? text.length - 1 : -1;
  if (wrong >= 0) throw refused(`: illegal base64 data at input byte ${wrong}`);
  const json = Buffer.from(text, 'base64url').toString();
  const fault = goSyntaxError(json);
  if (fault !== undefined) throw refused(`: ${fault}`);
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null ? value : {};
}
