/**
 * From a request's body to an object of a kind: checks the type information, copies what the kind's definition knows and
 * reports the rest as the field validation asks. Errors are worded as upstream's codecs and endpoint handlers word them.
 */
import type { CustomRules } from './custom/rules.ts';
import { checkDepth, copyJson, DecodeError, type Decoder, mostProblems, newState } from './decode-state.ts';
import { decoderFor } from './decoders.ts';
import { duplicateFields } from './duplicate-fields.ts';
import { apiVersionOf, type KubeObject, parseApiVersion } from './object.ts';
import { allKinds } from './scheme.ts';
import { ApiError } from './status.ts';
import { coerceEmbedded } from './structural/embedded.ts';
import { invalid, toInvalid } from './validation/field-error.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';
export interface DecodeOptions {
  /** Default: Ignore. */
  fieldValidation?: FieldValidation;
  /** The JSON body as it came, to report what parsing has already dropped: duplicate fields. */
  rawBody?: Buffer;
  /** A body of YAML as it came, to be shown. */
  yamlBody?: Buffer;
  /** Problems that were found before, which are reported first. */
  problems?: readonly string[];
  /** Whether it is the outcome of a patch. */
  patched?: boolean;
  /** Set for the outcome of a patch, whose errors are 422 on the path `patch` with this text as the value. */
  patchText?: string;
  /** Whether upstream would convert the value, as the outcome of a strategic merge patch, rather than parse it as JSON: words errors so. */
  converted?: boolean;
}
/** What decoding needs to know of a kind; rows of the scheme and subresource types (Scale, Eviction) alike. */
export interface Decodable {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Definition name. */
  readonly schema: string;
  /** Of custom resources: what their schema does not know is taken out. Kinds with neither keep every field. */
  readonly custom?: CustomRules;
}

const metadataDecoder = decoderFor('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta') as Decoder;

/**
 * A fresh object of `kind` with `apiVersion`, `kind` and `metadata` set; `value` is left alone. Quantities and times come
 * out canonical, nulls and empty collections are dropped. Throws {@link ApiError} BadRequest.
 */
export function decodeObject<T extends KubeObject = KubeObject>(
  kind: Decodable,
  value: unknown,
  options: DecodeOptions = {},
): { object: T; warnings: string[]; unknown: string[] } {
  const fail = failure(kind, value, options);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw fail(`couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${typeMeta}`);
  }
  const { rawBody, yamlBody, patchText } = options;
  if (kind.custom !== undefined && options.patched === true) checkPatchedType(kind, value as Partial<KubeObject>, fail, patchText);
  checkType(kind, value as Partial<KubeObject>, fail, rawBody ?? yamlBody);
  const state = newState(options.converted);
  let decoded: Record<string, unknown>;
  try {
    // What came over HTTP can be arbitrarily deep; in process it is one of our own objects.
    if (rawBody !== undefined || yamlBody !== undefined || patchText !== undefined) checkDepth(value);
    decoded = (kind.custom === undefined ? (decoderFor(kind.schema) ?? freeForm) : customDecoder(kind.custom))(value, state) as Record<
      string,
      unknown
    >;
  } catch (error) {
    if (error instanceof DecodeError) throw fail(error.message);
    throw error;
  }
  const { apiVersion: _version, kind: _kind, metadata = {}, ...rest } = decoded;
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...rest } as unknown as T;
  const validation = options.fieldValidation ?? 'Ignore';
  const unknown = [...new Set(state.unknown)];
  if (validation === 'Ignore') return { object, warnings: [], unknown };
  const problems = [...(options.problems ?? []), ...strictProblems(kind, unknown, value, options.rawBody)].slice(0, mostProblems);
  if (validation === 'Strict' && problems.length > 0) throw fail(`strict decoding error: ${problems.join(', ')}`);
  return { object, warnings: problems, unknown };
}

/** Custom resources are read before they are pruned, so what occurs twice comes first; what a type does not know is read once. */
function strictProblems(kind: Decodable, unknown: readonly string[], value: unknown, raw: Buffer | undefined): string[] {
  const strange = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  const repeated = raw === undefined ? [] : duplicateFields(raw, value);
  const known = kind.custom === undefined ? repeated.filter((path) => !unknown.includes(path)) : repeated;
  const twice = known.map((path) => `duplicate field ${JSON.stringify(path)}`);
  return kind.custom === undefined ? [...strange, ...twice] : [...twice, ...strange];
}

/** What strict decoding says of keys that occur twice in JSON text which parsed to `value`. */
export const duplicateProblems = (raw: Buffer, value: unknown): string[] =>
  duplicateFields(raw, value)
    .slice(0, mostProblems)
    .map((path) => `duplicate field ${JSON.stringify(path)}`);

const typeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Custom resources: metadata is typed, everything else kept. */
const freeForm: Decoder = (value, state) => {
  const out = copyJson(value) as Record<string, unknown>;
  if (out['metadata'] === null) delete out['metadata'];
  if (out['metadata'] !== undefined) {
    state.path.push('metadata');
    out['metadata'] = metadataDecoder(out['metadata'], state);
    state.path.pop();
  }
  return out;
};

/** Metadata by itself, and the paths in it that it does not know. Throws {@link DecodeError}. */
export function decodeMetadata(given: unknown): { metadata: unknown; unknown: string[] } {
  const state = newState();
  return { metadata: metadataDecoder(given, state), unknown: state.unknown };
}

/** Upstream looks at metadata by itself, so that its errors do not say where it is, and tells of that of embedded resources last. */
const customDecoder =
  (rules: CustomRules): Decoder =>
  (value, state) => {
    const out = copyJson(value) as Record<string, unknown>;
    const metadataAt =
      (found: string[]) =>
      (given: unknown, path: string): unknown => {
        const { metadata, unknown } = decodeMetadata(given);
        found.push(...unknown.map((field) => `${path}.${field}`));
        return metadata;
      };
    const embedded: string[] = [];
    if (out['metadata'] === null) delete out['metadata'];
    if (out['metadata'] !== undefined) out['metadata'] = metadataAt(state.unknown)(out['metadata'], 'metadata');
    if (rules.hasEmbedded) coerceEmbedded(out, rules.schema, metadataAt(embedded));
    state.unknown.push(
      ...rules
        .prune(out as unknown as KubeObject)
        .sort()
        .slice(0, mostProblems),
      ...embedded.sort(),
    );
    return out;
  };

type Fail = (text: string) => ApiError;

/** Upstream: transformDecodeError for bodies, patcher's NewInvalid for patches. */
function failure(kind: Decodable, value: unknown, { patchText, yamlBody, rawBody = yamlBody }: DecodeOptions): Fail {
  return (text) => {
    if (patchText !== undefined) {
      const message = `Invalid value: ${JSON.stringify(patchText)}: ${text}`;
      const causes = [{ reason: 'FieldValueInvalid', message, field: 'patch' }];
      return new ApiError('Invalid', ` "" is invalid: patch: ${message}`, { causes });
    }
    const own = value as Partial<KubeObject> | null;
    const untyped = [own?.kind ?? '', own?.apiVersion ?? ''].some((field) => typeof field !== 'string');
    if (typeof own !== 'object' || own === null || Array.isArray(own) || untyped) {
      return unrecognized(kind, text, rawBody);
    }
    const named = typeof own.kind === 'string' && own.kind !== '' ? own.kind : kind.kind;
    const version = typeof own.apiVersion === 'string' && own.apiVersion !== '' ? parseApiVersion(own.apiVersion).version : kind.version;
    return new ApiError('BadRequest', `${named} in version ${JSON.stringify(version)} cannot be handled as a ${kind.kind}: ${text}`);
  };
}

/** The answer to a body that does not even say what it is. */
export function unrecognized(kind: Pick<Decodable, 'kind'>, text: string, rawBody: Buffer | undefined): ApiError {
  const shown = rawBody === undefined ? '' : ` (${summary(rawBody)})`;
  return new ApiError('BadRequest', `the object provided is unrecognized (must be of type ${kind.kind}): ${text}${shown}`);
}

/** The start of a body that is not what it should be (upstream: summarizeData). */
function summary(raw: Buffer): string {
  const most = 30;
  const encoding = raw[0] === 0x7b ? 'utf8' : 'hex';
  if (raw.length === 0) return '<empty>';
  return raw.length > most ? `${raw.subarray(0, most).toString(encoding)} ...` : raw.toString(encoding);
}

const shortGroup = (group: string): string => (group === '' ? 'core' : group.replace(/\..*$/, ''));

/** Refuses a body that says it is something else. What it leaves unsaid is taken from the resource. */
function checkType(kind: Decodable, value: Partial<KubeObject>, fail: Fail, rawBody: Buffer | undefined): void {
  const expected = apiVersionOf(kind);
  const named = value.kind ?? '';
  const apiVersion = value.apiVersion ?? '';
  for (const [name, field] of Object.entries({ kind: named, apiVersion })) {
    if (typeof field === 'string') continue;
    const found = typeof field === 'boolean' ? 'bool' : Array.isArray(field) ? 'array' : typeof field;
    throw fail(`couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go struct field .${name} of type string`);
  }
  if (apiVersion.split('/').length > 2) throw unrecognized(kind, `unexpected GroupVersion string: ${apiVersion}`, rawBody);
  // Where no Go type stands behind the resource, a body must say itself what it is.
  const silent = kind.custom !== undefined && rawBody !== undefined;
  if (silent && named === '') throw unrecognized(kind, `Object 'Kind' is missing in '${rawBody.toString()}'`, rawBody);
  if ((named === '' || named === kind.kind) && ((apiVersion === '' && !silent) || apiVersion === expected)) return;
  if (kind.custom !== undefined) throw otherCustomType(kind, value, apiVersion !== expected && (silent || apiVersion !== ''));
  const { group, version } = apiVersion === '' ? kind : parseApiVersion(apiVersion);
  const known = allKinds.find((row) => row.kind === (named || kind.kind) && row.group === group && row.version === version);
  if (known === undefined) {
    const where = `for version ${JSON.stringify(apiVersion || expected)} in scheme ${JSON.stringify(schemeOf(kind))}`;
    throw fail(`no kind ${JSON.stringify(named || kind.kind)} is registered ${where}`);
  }
  if (known.kind === kind.kind) {
    const text = `the API version in the data (${apiVersionOf(known)}) does not match the expected API version (${expected})`;
    throw new ApiError('BadRequest', text);
  }
  const from = `${version}.${known.kind}`;
  throw fail(`converting (${from}) to (${shortGroup(kind.group)}.${kind.kind}): unknown conversion`);
}

/** Definitions of resources are served by a server of their own upstream, which knows no other kinds. */
const schemeOf = ({ group }: Decodable): string =>
  group === 'apiextensions.k8s.io' ? 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55' : 'pkg/api/legacyscheme/scheme.go:30';

/** A patch may not take the type away, nor another API version for it. */
function checkPatchedType(kind: Decodable, { kind: named, apiVersion, metadata }: Partial<KubeObject>, fail: Fail, patchText = ''): void {
  if (named === undefined || named === null || named === '') throw fail(`Object 'Kind' is missing in '${patchText}'`);
  const expected = apiVersionOf(kind);
  if (typeof apiVersion !== 'string' || apiVersion === '' || apiVersion === expected) return;
  const { group } = parseApiVersion(apiVersion);
  throw toInvalid({ group, kind: named }, metadata?.name ?? '', [invalid('apiVersion', apiVersion, `must be ${expected}`)]);
}

function otherCustomType(
  kind: Decodable,
  { apiVersion = '', kind: named = '', metadata }: Partial<KubeObject>,
  version: boolean,
): ApiError {
  if (version) {
    const text = `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind)})`;
    return new ApiError('BadRequest', text);
  }
  return toInvalid({ ...kind, kind: named }, metadata?.name ?? '', [invalid('kind', named, `must be ${kind.kind}`)]);
}
