import { duplicateProblems } from '../../api/decode.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/object.ts';
import { applyPatch, patchText } from '../../api/patch/patch.ts';
import { ApiError } from '../../api/status.ts';
import { apply } from './apply.ts';
import { bodyOf, decodeValue, dropRepeatedOwners, matchName, matchNamespace } from './body.ts';
import { type Call, objectResponse } from './call.ts';
import { patchRetries } from './options.ts';
import { updateObject } from './update.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** The kind of patch that the content type names; 415 for others, as upstream words it. */
export function patchTypeOf(contentType: string | undefined, kind?: Pick<Kind, 'custom'>): PatchType {
  const type = patchTypes[(contentType ?? '').split(';')[0]?.trim() ?? ''];
  // Custom resources have no merge keys that a strategy could go by.
  const fits = (one: PatchType | undefined): boolean => one !== 'strategic' || kind?.custom === undefined;
  if (type !== undefined && fits(type)) return type;
  const accepted = Object.keys(patchTypes)
    .filter((name) => fits(patchTypes[name]))
    .join(', ');
  throw new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

export async function patch(call: Call): Promise<ApiResponse> {
  const { request } = call;
  const type = patchTypeOf(request.headers['content-type'], call.resource.kind);
  if (type === 'apply') return apply(call);
  const change = (current: KubeObject): KubeObject => patched(call, type, current);
  return objectResponse(call, await updateObject(call, { change, retries: patchRetries }));
}

/** The decoded patch; 400 in the words of the patch type's reader where there is none. */
export function patchBody({ request }: Call, type: Exclude<PatchType, 'apply'>): unknown {
  return bodyOf(request, (fault) => (type === 'strategic' ? fault : `error decoding patch: ${fault}`));
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

/** What strict decoding says of the patch itself: fields that no operation has, keys that occur twice. */
function problemsOf({ request }: Call, type: PatchType): string[] {
  const { body, rawBody } = request;
  const duplicates = rawBody === undefined ? [] : duplicateProblems(rawBody, body);
  if (type !== 'json' || !Array.isArray(body)) return duplicates;
  const unknown = body.flatMap((operation: object, index) =>
    Object.keys(operation).flatMap((name) => (operationFields.has(name) ? [] : [`unknown field ${JSON.stringify(`[${index}].${name}`)}`])),
  );
  return [...duplicates, ...unknown].map((problem) => `json patch ${problem}`);
}

function patched(call: Call, type: Exclude<PatchType, 'apply'>, current: KubeObject): KubeObject {
  const { kind } = call.resource;
  const body = patchBody(call, type);
  const result = applyPatch({ kind, type, original: namesRecord(type, body) ? current : withoutRecord(current), patch: body });
  // A strategic merge goes from map to object, of the kind that it is whatever the patch calls it; the others are read as text.
  const raw = type === 'strategic' ? { ...(result as object), apiVersion: apiVersionOf(kind), kind: kind.kind } : result;
  // Warnings of a retried attempt would repeat the first one's.
  call.warnings.length = 0;
  const object = decodePatched(call, type, raw);
  matchNamespace(call, object);
  matchName(call, object);
  dropRepeatedOwners(call, object, ' after mutating admission happens');
  applyDefaults(kind, object);
  return object;
}

/** Whether a patch may look at or change the managed fields; most do not, and then these need not be copied and decoded. */
function namesRecord(type: PatchType, patch: unknown): boolean {
  if (type !== 'json') return (patch as { metadata?: { managedFields?: unknown } } | null)?.metadata?.managedFields !== undefined;
  if (!Array.isArray(patch)) return true;
  const within = (path: unknown): boolean =>
    path === undefined ? false : path === '' || path === '/metadata' || String(path).startsWith('/metadata/managedFields');
  return patch.some((operation: { path?: unknown; from?: unknown } | null) => within(operation?.path) || within(operation?.from));
}

function withoutRecord(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A result that does not decode is the patch's fault, so the error shows the patch; its text is only made then. */
function decodePatched(call: Call, type: Exclude<PatchType, 'apply'>, raw: unknown): KubeObject {
  const problems = problemsOf(call, type);
  try {
    return decodeValue(call, raw, call.resource.kind, { problems, patched: true });
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.reason !== 'BadRequest') throw thrown;
    return decodeValue(call, raw, call.resource.kind, {
      problems,
      patched: true,
      patchText: patchText(type, call.request.body, raw),
      converted: type === 'strategic',
    });
  }
}
