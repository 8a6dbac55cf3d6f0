import { decodeObject } from '../../api/decode.ts';
import type { ApiRequest } from '../../api/http.ts';
import type { ApiError } from '../../api/status.ts';
import type { DeleteOptions } from '../../api/types/meta-v1.ts';
import { type FieldError, forbidden, invalid, notSupported, required, toInvalid, tooLong } from '../../api/validation/field-error.ts';
import { queryFlag } from '../paths.ts';
import { bodyOf } from './body.ts';
import { badRequest } from './call.ts';

/** How often a patch is tried again when another writer came first (upstream: MaxRetryWhenPatchConflicts). */
export const patchRetries = 5;

/** The 422 for options that came by query or body (upstream validates them like objects of kind `<X>Options`). */
export const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiError =>
  toInvalid({ group: 'meta.k8s.io', kind }, '', errors);

const dryRunValues = ['All'];
const fieldValidations = ['', 'Ignore', 'Strict', 'Warn'];
/** In bytes (upstream: FieldManagerMaxLength). */
const longestManager = 128;

const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every((value) => dryRunValues.includes(value)) ? [] : [notSupported('dryRun', values, dryRunValues)];

function managerErrors(name: string): FieldError[] {
  if (Buffer.byteLength(name) > longestManager) return [tooLong('fieldManager', longestManager)];
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(name) ? [] : [invalid('fieldManager', name, 'should only contain printable characters')];
}

/** What is wrong with a patch's options beside what holds for every write (upstream: ValidatePatchOptions). */
function patchErrors(query: URLSearchParams, applying: boolean): FieldError[] {
  if (!applying) return query.has('force') ? [forbidden('force', 'may not be specified for non-apply patch')] : [];
  return (query.get('fieldManager') ?? '') === '' ? [required('fieldManager', 'is required for apply patch')] : [];
}

/** The options of a write by query: refuses wrong ones, and says whether the write is only tried. `applying`: for patches alone. */
export function checkWriteOptions(query: URLSearchParams, kind: string, applying?: boolean): { dryRun: boolean } {
  if (query.size === 0 && applying !== true) return { dryRun: false };
  const dryRun = query.getAll('dryRun');
  const validation = query.get('fieldValidation') ?? '';
  const errors = [
    ...(applying === undefined ? [] : patchErrors(query, applying)),
    ...managerErrors(query.get('fieldManager') ?? ''),
    ...dryRunErrors(dryRun),
    ...(fieldValidations.includes(validation) ? [] : [notSupported('fieldValidation', validation, fieldValidations)]),
  ];
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return { dryRun: dryRun.length > 0 };
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** An integer of the query, which Go reads into 64 bits; undefined when absent. */
export function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = BigInt(text);
  if (value < int64.least || value > int64.most) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return Number(value);
}

export interface ParsedDelete {
  gracePeriodSeconds: number | undefined;
  propagation: 'Orphan' | 'Background' | 'Foreground' | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
  /** The deprecated `orphanDependents` as it was given. */
  orphanDependents?: boolean | undefined;
}

const deleteOptions = { group: '', version: 'v1', kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' };

/** DeleteOptions are registered in every group version, so what the body says of its version is not looked at. */
function deleteBody(request: ApiRequest): Partial<DeleteOptions> | undefined {
  if (request.bodyFault === undefined && (request.body ?? undefined) === undefined) return undefined;
  const body = bodyOf(request, (fault) => `couldn't get version/kind; json parse error: ${fault}`);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body of a delete must be DeleteOptions');
  const { apiVersion = '', kind, ...rest } = body as DeleteOptions;
  if (kind !== undefined && kind !== deleteOptions.kind) {
    const where = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(where)}`,
    );
  }
  return decodeObject(deleteOptions, rest).object as Partial<DeleteOptions>;
}

/** DeleteOptions from the body, or from the query where there is no body. */
export function parseDeleteOptions(request: ApiRequest): ParsedDelete {
  const { query } = request;
  const body = deleteBody(request);
  const byQuery = query.has('orphanDependents') ? queryFlag(query, 'orphanDependents') : undefined;
  const orphan = body === undefined ? byQuery : body.orphanDependents;
  const policy = body === undefined ? (query.get('propagationPolicy') ?? undefined) : body.propagationPolicy;
  const grace = body === undefined ? queryInteger(query, 'gracePeriodSeconds') : body.gracePeriodSeconds;
  const dryRun = body === undefined ? query.getAll('dryRun') : (body.dryRun ?? []);
  const errors: FieldError[] = [];
  if (orphan !== undefined && policy !== undefined) {
    errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'));
  }
  if (policy !== undefined && !isPropagation(policy)) {
    errors.push(notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  return {
    gracePeriodSeconds: grace,
    propagation: orphan === undefined ? (policy as ParsedDelete['propagation']) : orphan ? 'Orphan' : 'Background',
    preconditions: body?.preconditions ?? {},
    orphanDependents: orphan,
    dryRun: dryRun.length > 0,
  };
}

const isPropagation = (policy: string): boolean => policy === 'Orphan' || policy === 'Background' || policy === 'Foreground';

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
