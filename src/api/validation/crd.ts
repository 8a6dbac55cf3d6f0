import { isDeepStrictEqual } from 'node:util';
import { approvalAnnotation, approvalOf } from '../custom/approval.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from '../types/apiextensions-v1.ts';
import { entries, immutable, oneOf } from './common.ts';
import { definitionSchema } from './crd-schema.ts';
import { duplicate, type Errors, forbidden, invalid, required, tooMany } from './field-error.ts';
import { fieldAt } from './field-path.ts';
import { check, dns1035Label } from './formats.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';
import { clientConfig } from './webhooks.ts';

/** Validation of CustomResourceDefinitions: names, versions, conversion and structural schemas. */
export function* customResourceDefinition(object: CustomResourceDefinition): Errors {
  const { spec, metadata } = object;
  const expected = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  const named = (name: string): string[] => [
    ...subdomainErrors(name),
    ...(name === expected ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  yield* objectMeta(kinds.CustomResourceDefinition, metadata, 'metadata', named);
  yield* approval(object);
  yield* definitionSpec(object);
}

/** Groups of the community's own need its word (upstream: validateAPIApproval). */
function* approval(object: CustomResourceDefinition): Errors {
  const found = approvalOf(object);
  const field = `metadata.annotations[${approvalAnnotation}]`;
  if (found?.state === 'Missing') yield required(field, found.text);
  if (found?.state === 'Invalid') yield invalid(field, object.metadata.annotations?.[approvalAnnotation], found.text);
}

function* definitionSpec({ spec, status }: CustomResourceDefinition): Errors {
  if (!spec.group) yield required('spec.group');
  else {
    yield* check('spec.group', spec.group, subdomainErrors);
    if (!spec.group.includes('.')) yield invalid('spec.group', spec.group, 'should be a domain with at least one dot');
  }
  yield* oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  const versions = spec.versions ?? [];
  const shared = sharedParts(versions);
  for (const [i, { schema }] of entries(versions)) {
    if (schema?.openAPIV3Schema === undefined) yield required(`spec.versions[${i}].schema.openAPIV3Schema`);
  }
  for (const [i, version] of entries(versions)) yield* versionRules(`spec.versions[${i}]`, version, shared);
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    yield invalid('spec.versions', shownVersions(versions, shared), 'must contain unique version names');
  if (versions.filter((version) => version.storage === true).length !== 1)
    yield invalid('spec.versions', shownVersions(spec.versions, shared), 'must have exactly one version marked as storage version');
  // The first version's name has a place of its own in upstream's internal form.
  if (versions[0]?.name) yield* check('spec.version', versions[0].name, dns1035Label);
  yield* nameRules(spec.names);
  const [first] = versions;
  if (first !== undefined) yield* sharedRules(first, shared);
  if (spec.preserveUnknownFields === true) {
    yield invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    );
  }
  yield* conversion(spec);
  yield* storedVersions(status?.storedVersions ?? [], versions);
}

function* storedVersions(stored: readonly string[], versions: readonly CustomResourceDefinitionVersion[]): Errors {
  if (stored.length === 0) {
    yield invalid('status.storedVersions', null, 'must have at least one stored version');
    return;
  }
  for (const { name, storage } of versions) {
    if (storage === true && !stored.includes(name)) yield invalid('status.storedVersions', stored, `must have the storage version ${name}`);
  }
  for (const [i, one] of entries(stored)) {
    if (!versions.some(({ name }) => name === one))
      yield invalid(`status.storedVersions[${i}]`, one, 'missing from spec.versions; ' + storedHint(one));
  }
}

const storedHint = (version: string): string =>
  `${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;

function* nameRules(names: CustomResourceDefinitionNames | undefined): Errors {
  for (const part of ['plural', 'singular', 'kind', 'listKind'] as const) if (!names?.[part]) yield required(`spec.names.${part}`);
  yield* nameFormats('spec.names', names);
}

function* nameFormats(field: string, names: CustomResourceDefinitionNames | undefined): Errors {
  for (const part of ['plural', 'singular'] as const) if (names?.[part]) yield* check(`${field}.${part}`, names[part], dns1035Label);
  for (const part of ['kind', 'listKind'] as const) {
    const value = names?.[part] ?? '';
    for (const problem of value === '' ? [] : dns1035Label(value.toLowerCase()))
      yield invalid(`${field}.${part}`, value, `may have mixed case, but should otherwise match: ${problem}`);
  }
  for (const [i, name] of entries(names?.shortNames)) yield* check(`${field}.shortNames[${i}]`, name, dns1035Label);
  for (const [i, name] of entries(names?.categories)) yield* check(`${field}.categories[${i}]`, name, dns1035Label);
  if (names?.kind && names.kind === names.listKind)
    yield invalid(`${field}.listKind`, names.listKind, 'kind and listKind may not be the same');
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

type Shared = ReturnType<typeof sharedParts>;

/** Which parts all versions have alike: upstream's internal form has these once, and says so in its errors' paths. */
const sharedParts = (versions: readonly CustomResourceDefinitionVersion[]) => {
  const [first, ...others] = versions;
  const alike = (part: 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'): boolean =>
    others.every((other) => isDeepStrictEqual(other[part], first?.[part]));
  return {
    schema: alike('schema'),
    subresources: alike('subresources'),
    columns: alike('additionalPrinterColumns'),
    selectable: alike('selectableFields'),
  };
};

/** Versions as messages show them. */
const shownVersions = (versions: readonly CustomResourceDefinitionVersion[] | null | undefined, shared: Shared): unknown =>
  versions?.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: shared.schema ? null : (version.schema ?? null),
    Subresources: shared.subresources ? null : (version.subresources ?? null),
    AdditionalPrinterColumns: shared.columns ? null : (version.additionalPrinterColumns ?? null),
    SelectableFields: shared.selectable ? null : (version.selectableFields ?? null),
  }));

function* versionRules(field: string, version: CustomResourceDefinitionVersion, shared: Shared): Errors {
  for (const problem of dns1035Label(version.name ?? '')) yield invalid(`${field}.name`, version.name ?? '', problem);
  for (const problem of deprecationProblems(version)) yield invalid(`${field}.deprecationWarning`, version.deprecationWarning, problem);
  if (!shared.schema) yield* schemaRules(`${field}.schema.openAPIV3Schema`, version);
  if (!shared.subresources) yield* scalePaths(field, version);
  if (!shared.columns) yield* printerColumns(field, version);
  // A schema that all versions share is no part of the version any more.
  if (!shared.selectable) yield* selectableFields(field, shared.schema ? { ...version, schema: {} } : version);
}

function* sharedRules(first: CustomResourceDefinitionVersion, shared: Shared): Errors {
  if (shared.schema) yield* schemaRules('spec.validation.openAPIV3Schema', first);
  if (shared.subresources) yield* scalePaths('spec', first);
  if (shared.columns) yield* printerColumns('spec', first);
  if (shared.selectable) yield* selectableFields('spec', first);
}

function* schemaRules(field: string, { schema, subresources }: CustomResourceDefinitionVersion): Errors {
  if (schema?.openAPIV3Schema !== undefined) yield* definitionSchema(field, schema.openAPIV3Schema, subresources?.status !== undefined);
}

function* deprecationProblems({ deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion): Iterable<string> {
  if (warning === undefined) return;
  if (deprecated !== true) {
    yield 'can only be set for deprecated versions';
    return;
  }
  if (Buffer.byteLength(warning) > 256) yield 'must be <= 256 characters long';
  if (warning === '') yield 'must not be an empty string';
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (unprintable !== null) {
    const index = Buffer.byteLength(warning.slice(0, unprintable.index));
    yield `must only contain printable UTF-8 characters; non-printable character found at index ${index}`;
  }
}

function* printerColumns(field: string, version: CustomResourceDefinitionVersion): Errors {
  for (const [i, { name, type, format, jsonPath }] of entries(version.additionalPrinterColumns)) {
    const at = `${field}.additionalPrinterColumns[${i}]`;
    const known = `must be one of ${columnTypes.join(',')}`;
    if (!name) yield required(`${at}.name`);
    if (!type) yield required(`${at}.type`, known);
    else if (!columnTypes.includes(type)) yield invalid(`${at}.type`, type, known);
    if (format && !columnFormats.includes(format)) yield invalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`);
    if (!jsonPath) yield required(`${at}.JSONPath`);
    else yield* simplePath(`${at}.JSONPath`, jsonPath);
  }
}

function* simplePath(field: string, text: string): Errors {
  if (!text.startsWith('.')) yield invalid(field, text, 'must be a simple json path starting with .');
}

const mostSelectable = 8;

/** Upstream: ValidateCustomResourceSelectableFields. */
function* selectableFields(field: string, { selectableFields: given, schema }: CustomResourceDefinitionVersion): Errors {
  const root = schema?.openAPIV3Schema;
  if (root === undefined) {
    const text = 'may only be set when `version.schema.openAPIV3Schema` is not included';
    if ((given ?? []).length > 0) yield invalid(`${field}.selectableFields`, '', text);
    return;
  }
  const seen = new Set<string>();
  for (const [i, { jsonPath: path }] of entries(given)) {
    const at = `${field}.selectableFields[${i}].jsonPath`;
    if (!path) {
      yield required(at);
      continue;
    }
    const found = fieldAt(path, root, false);
    if (typeof found === 'string') {
      yield invalid(at, path, `is an invalid path: ${found}`);
      continue;
    }
    if (found.names[0] === 'metadata') yield invalid(at, path, 'must not point to fields in metadata');
    if (!['string', 'boolean', 'integer'].includes(found.schema.type ?? '')) {
      const text = 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      yield invalid(at, path, text);
    }
    if (seen.has(path)) yield duplicate(at, path);
    seen.add(path);
  }
  if (seen.size > mostSelectable) yield tooMany(`${field}.selectableFields`, seen.size, mostSelectable);
}

function* scalePaths(field: string, version: CustomResourceDefinitionVersion): Errors {
  const scale = version.subresources?.scale;
  if (scale === undefined) return;
  const paths = [
    ['specReplicasPath', /^\.spec\./, 'should be a json path under .spec', true],
    ['statusReplicasPath', /^\.status\./, 'should be a json path under .status', true],
    ['labelSelectorPath', /^\.(spec|status)\./, 'should be a json path under either .spec or .status', false],
  ] as const;
  for (const [part, start, text, needed] of paths) {
    const path = scale[part] ?? '';
    const at = `${field}.subresources.scale.${part}`;
    if (path === '') {
      if (needed) yield required(at);
    } else if (!path.startsWith('.')) yield* simplePath(at, path);
    else if (!start.test(path)) yield invalid(at, path, text);
  }
}

const reviewVersions = ['v1', 'v1beta1'];

function* conversion({ conversion: given }: CustomResourceDefinition['spec']): Errors {
  if (given === undefined) return;
  yield* oneOf('spec.conversion.strategy', given.strategy, ['None', 'Webhook']);
  const { clientConfig: config, conversionReviewVersions } = given.webhook ?? {};
  // Null where the client said nothing: Go's nil slice.
  const versions = conversionReviewVersions ?? [];
  const configAt = 'spec.conversion.webhookClientConfig';
  const versionsAt = 'spec.conversion.conversionReviewVersions';
  if (given.strategy !== 'Webhook') {
    const text = 'should not be set when strategy is not set to Webhook';
    if (config !== undefined) yield forbidden(configAt, text);
    if (versions.length > 0) yield forbidden(versionsAt, text);
    return;
  }
  if (config === undefined) yield required(configAt, 'required when strategy is set to Webhook');
  else yield* clientConfig(configAt, config);
  if (versions.length === 0) {
    yield required(versionsAt);
    return;
  }
  for (const [i, version] of entries(versions)) {
    if (versions.indexOf(version) < i) yield invalid(`${versionsAt}[${i}]`, version, 'duplicate version');
    else for (const problem of dns1035Label(version)) yield invalid(`${versionsAt}[${i}]`, version, problem);
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    yield invalid(versionsAt, versions, `must include at least one of ${reviewVersions.join(', ')}`);
}

/** Writes of the status: the names that it says are accepted must be some. */
export function* customResourceDefinitionStatusUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* nameFormats('status.acceptedNames', object.status?.acceptedNames);
}

const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;

/** Certificates that are none are taken before the definition is in use, and where they were none before. */
function* authorities(object: CustomResourceDefinition, old: CustomResourceDefinition): Errors {
  const bundleOf = ({ spec }: CustomResourceDefinition): string => spec.conversion?.webhook?.clientConfig?.caBundle ?? '';
  const bundle = bundleOf(object);
  if (bundle === '' || isPem(bundle) || !isEstablished(old)) return;
  if (bundleOf(old) !== '' && !isPem(bundleOf(old))) return;
  yield invalid(
    'spec.conversion.webhookClientConfig.caBundle',
    bundle,
    'unable to load root certificates: unable to parse bytes as PEM block',
  );
}

const isPem = (base64: string): boolean => Buffer.from(base64, 'base64').includes('-----BEGIN ');

export function* customResourceDefinitionUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* definitionSpec(object);
  yield* authorities(object, old);
  const established = isEstablished(old);
  if (established) {
    yield* immutable('spec.scope', object.spec.scope, old.spec.scope);
    yield* immutable('spec.names.kind', object.spec.names?.kind, old.spec.names?.kind);
  }
  yield* immutable('spec.group', object.spec.group, old.spec.group);
  yield* immutable('spec.names.plural', object.spec.names?.plural, old.spec.names?.plural);
}
