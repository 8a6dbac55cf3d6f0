/** The patch types that clients send (apiserver endpoints/handlers/patch.go), all without effect on their arguments. */
import { checkDepth, copyJson } from '../decode-state.ts';
import { goJson, goText } from '../go-text.ts';
import type { Kind } from '../kind.ts';
import { definitions } from '../schema.ts';
import { ApiError } from '../status.ts';
import { applyJsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

export interface PatchInput {
  kind: Pick<Kind, 'schema'>;
  type: PatchType;
  original: unknown;
  /** An array of operations for `json`, an object otherwise. */
  patch: unknown;
}

/**
 * The patched object, raw: neither decoded, defaulted nor validated. Throws {@link ApiError}: 400 for a patch that is none,
 * 413 for too many operations, 415 for a strategic merge patch of a custom resource, 422 for one that does not apply.
 */
export function applyPatch({ kind, type, original, patch }: PatchInput): unknown {
  try {
    checkDepth(patch);
  } catch (error) {
    throw new ApiError('BadRequest', (error as Error).message);
  }
  if (type === 'json') return applyJsonPatch(copyJson(original), patch);
  const definition = Object.hasOwn(definitions, kind.schema) ? definitions[kind.schema] : undefined;
  if (type === 'strategic' && definition === undefined) {
    const accepted = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    const text = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new ApiError('UnsupportedMediaType', text);
  }
  // Null decodes to no patch at all, which only a merge patch minds.
  if (patch === null && type === 'merge') throw new ApiError('BadRequest', 'Invalid JSON Patch');
  if (patch === null) return copyJson(original);
  if (typeof patch !== 'object' || Array.isArray(patch)) {
    const found = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    const text = `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
    throw new ApiError('BadRequest', type === 'merge' ? `error decoding patch: ${text}` : text);
  }
  if (definition === undefined || type === 'merge') return mergePatch(copyJson(original), patch);
  return strategicMergePatch(copyJson(original), copyJson(patch), definition);
}

/** The text that errors of decoding a patched object show as the value of `patch` (see `DecodeOptions.patchText`). */
export function patchText(type: PatchType, patch: unknown, patched: unknown): string {
  return type === 'strategic' ? goText(patch) : goJson(patched);
}
