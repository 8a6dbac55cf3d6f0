import { ApiError } from '../../api/status.ts';
import { type FieldError, forbidden, notSupported } from '../../api/validation/field-error.ts';
import { badRequest } from './call.ts';
import { invalidOptions } from './options.ts';

export type VersionMatch = 'Exact' | 'NotOlderThan' | undefined;

/** A resource version of a query: undefined when absent, 0 for "any". Kept a 400 where upstream has 500. */
export function parseVersion(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d{1,19}$/.test(text)) return Number(text);
  const value = JSON.stringify(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: ${/^\d+$/.test(text) ? 'value out of range' : 'invalid syntax'}`,
  );
}

/** Checks the combination of options as upstream's ValidateListOptions does. */
export function parseVersionMatch(query: URLSearchParams, watching: boolean): VersionMatch {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  const continued = (query.get('continue') ?? '') !== '';
  const causes: FieldError[] = [];
  if (watching) {
    if (initial !== null && match !== 'NotOlderThan') {
      causes.push(forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
    }
    if (match !== '') {
      if (initial === null)
        causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
      if (match !== 'NotOlderThan') causes.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']));
      if (continued) causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
    }
  } else {
    if (initial !== null) causes.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
    if (match !== '') {
      if (version === '')
        causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
      if (continued) causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
      if (match !== 'Exact' && match !== 'NotOlderThan') {
        causes.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
      } else if (match === 'Exact' && version === '0') {
        causes.push(forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
      }
    }
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  return match === '' ? undefined : (match as VersionMatch);
}

/** The answer to a version that this server has not reached (upstream: NewTooLargeResourceVersionError). */
export const tooLargeVersion = (asked: number, current: number): ApiError =>
  new ApiError(
    'Timeout',
    `Timeout: Too large resource version: ${asked}, current: ${current}`,
    { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
    504,
  );

export const expired = (text: string): ApiError => new ApiError('Expired', text);
