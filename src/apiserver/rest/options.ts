import type { ApiRequest } from '../../api/http.ts';
import type { ApiError } from '../../api/status.ts';
import type { DeleteOptions } from '../../api/types/meta-v1.ts';
import { type FieldError, invalid, notSupported, toInvalid } from '../../api/validation/field-error.ts';
import { queryFlag } from '../paths.ts';
import { badRequest } from './call.ts';

/** How often a patch is tried again when another writer came first (upstream: MaxRetryWhenPatchConflicts). */
export const patchRetries = 5;

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The 422 for options that came by query or body (upstream validates them like objects of kind `<X>Options`). */
export const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiError =>
  toInvalid({ group: 'meta.k8s.io', kind }, '', errors);

/** Whether the write is to be tried only; the one permitted value is `All`. */
export function parseDryRun(values: readonly string[], kind: string): boolean {
  if (values.length === 0) return false;
  for (const value of values) if (value !== 'All') throw invalidOptions(kind, [notSupported('dryRun', value, ['All'])]);
  return true;
}

/** Upstream's default is Warn. */
export function parseFieldValidation(query: URLSearchParams, kind: string): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '') return 'Warn';
  if (value !== 'Ignore' && value !== 'Warn' && value !== 'Strict') {
    throw invalidOptions(kind, [notSupported('fieldValidation', value, ['Ignore', 'Strict', 'Warn'])]);
  }
  return value;
}

/** An integer of the query; undefined when absent. */
export function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

export interface ParsedDelete {
  gracePeriodSeconds: number | undefined;
  propagation: 'Orphan' | 'Background' | 'Foreground' | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
  /** The deprecated `orphanDependents` as it was given. */
  orphanDependents?: boolean | undefined;
}

/** DeleteOptions from the body, or from the query where there is no body. */
export function parseDeleteOptions(request: ApiRequest): ParsedDelete {
  const { query } = request;
  const body = (request.body ?? undefined) as DeleteOptions | undefined;
  if (body !== undefined && (typeof body !== 'object' || Array.isArray(body)))
    throw badRequest('the body of a delete must be DeleteOptions');
  if (body?.kind !== undefined && body.kind !== 'DeleteOptions') {
    throw badRequest(`no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(body.apiVersion ?? '')}`);
  }
  const orphanText = query.get('orphanDependents');
  const orphan = body === undefined ? (orphanText === null ? undefined : queryFlag(query, 'orphanDependents')) : body.orphanDependents;
  const policy = body === undefined ? (query.get('propagationPolicy') ?? undefined) : body.propagationPolicy;
  const grace = body === undefined ? queryInteger(query, 'gracePeriodSeconds') : body.gracePeriodSeconds;
  if (orphan !== undefined && policy !== undefined) {
    throw invalidOptions('DeleteOptions', [
      invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    ]);
  }
  if (policy !== undefined && policy !== 'Orphan' && policy !== 'Background' && policy !== 'Foreground') {
    throw invalidOptions('DeleteOptions', [notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan'])]);
  }
  return {
    gracePeriodSeconds: grace === null ? undefined : grace,
    propagation: orphan === undefined ? policy : orphan ? 'Orphan' : 'Background',
    preconditions: body?.preconditions ?? {},
    orphanDependents: orphan ?? undefined,
    dryRun: parseDryRun(body?.dryRun ?? query.getAll('dryRun'), 'DeleteOptions'),
  };
}

const optionsKinds: Record<string, string> = { patch: 'PatchOptions', update: 'UpdateOptions' };

/** The options of a write as an object, for those who judge the request. */
export function writeOptions(operation: string, verb: string, request: ApiRequest): object {
  const { query, body } = request;
  const typed = (kind: string): object => ({ kind, apiVersion: 'meta.k8s.io/v1' });
  const dryRun = query.getAll('dryRun');
  const dry = dryRun.length === 0 ? {} : { dryRun };
  if (operation === 'DELETE') {
    if (typeof body === 'object' && body !== null) return { ...body, ...typed('DeleteOptions') };
    const { gracePeriodSeconds, propagation } = parseDeleteOptions(request);
    return {
      ...typed('DeleteOptions'),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...dry,
    };
  }
  const texts = ['fieldManager', 'fieldValidation'].map((name) => [name, query.get(name)] as const).filter(([, text]) => text);
  const force = query.has('force') ? { force: queryFlag(query, 'force') } : {};
  return { ...typed(optionsKinds[verb] ?? 'CreateOptions'), ...dry, ...force, ...Object.fromEntries(texts) };
}
