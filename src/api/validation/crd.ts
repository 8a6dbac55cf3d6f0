import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../util/errors.ts';
import { parseJsonPath } from '../custom/json-path.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../types/apiextensions-v1.ts';
import { entries, immutable, oneOf, optionalOneOf } from './common.ts';
import { definitionSchema } from './crd-schema.ts';
import { duplicate, type Errors, forbidden, invalid, required, tooMany } from './field-error.ts';
import { check, dns1035Label } from './formats.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

/** Validation of CustomResourceDefinitions: names, versions, conversion and structural schemas. */
export function* customResourceDefinition(object: CustomResourceDefinition): Errors {
  const { spec, metadata } = object;
  yield* objectMeta(kinds.CustomResourceDefinition, metadata);
  const expected = `${spec.names?.plural}.${spec.group}`;
  if (metadata.name && metadata.name !== expected) {
    yield invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group');
  }
  yield* approval(object);
  yield* definitionSpec(object);
}

const approvalAnnotation = 'api-approved.kubernetes.io';

/** Groups of the community's own need its word (upstream: validateAPIApproval). */
function* approval({ spec, metadata }: CustomResourceDefinition): Errors {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '')) return;
  const value = metadata.annotations?.[approvalAnnotation];
  const field = `metadata.annotations[${approvalAnnotation}]`;
  const about = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (value === undefined || value === '')
    yield required(field, `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}, ${about}`);
  else if (!value.startsWith('unapproved') && !URL.canParse(value))
    yield invalid(
      field,
      value,
      `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)} with either a URL or a reason starting with "unapproved", ${about}`,
    );
}

function* definitionSpec({ spec, status }: CustomResourceDefinition): Errors {
  if (!spec.group) yield required('spec.group');
  else {
    yield* check('spec.group', spec.group, subdomainErrors);
    if (!spec.group.includes('.')) yield invalid('spec.group', spec.group, 'should be a domain with at least one dot');
  }
  yield* oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  if ((spec.versions ?? []).length === 0) {
    yield invalid('spec.versions', spec.versions ?? [], 'must have exactly one version marked as storage version');
  }
  const names = new Set<string>();
  const shared = sharedParts(spec.versions ?? []);
  for (const [i, version] of entries(spec.versions)) {
    const at = `spec.versions[${i}]`;
    if (names.has(version.name)) yield duplicate(`${at}.name`, version.name);
    names.add(version.name);
    yield* versionRules(at, version, shared, i === 0);
  }
  const storage = (spec.versions ?? []).filter((version) => version.storage === true);
  if ((spec.versions ?? []).length > 0 && storage.length !== 1) {
    yield invalid(
      'spec.versions',
      spec.versions.map(({ name }) => name),
      'must have exactly one version marked as storage version',
    );
  }
  for (const [i, stored] of entries(status?.storedVersions)) {
    if (!names.has(stored)) yield invalid(`status.storedVersions[${i}]`, stored, 'missing from spec.versions; ' + storedHint(stored));
  }
  yield* nameRules(spec.names);
  yield* conversion(spec);
  if (spec.preserveUnknownFields === true) {
    yield invalid(
      'spec.preserveUnknownFields',
      true,
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    );
  }
}

const storedHint = (version: string): string =>
  `${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;

function* nameRules(names: CustomResourceDefinitionNames | undefined): Errors {
  if (!names?.plural) yield required('spec.names.plural');
  else yield* check('spec.names.plural', names.plural, dns1035Label);
  if (!names?.singular) yield required('spec.names.singular');
  else yield* check('spec.names.singular', names.singular, dns1035Label);
  for (const part of ['kind', 'listKind'] as const) {
    const value = names?.[part];
    if (!value) yield required(`spec.names.${part}`);
    else
      for (const problem of dns1035Label(value.toLowerCase()))
        yield invalid(`spec.names.${part}`, value, `may have mixed case, but should otherwise match: ${problem}`);
  }
  for (const [i, name] of entries(names?.shortNames)) yield* check(`spec.names.shortNames[${i}]`, name, dns1035Label);
  for (const [i, name] of entries(names?.categories)) yield* check(`spec.names.categories[${i}]`, name, dns1035Label);
  if (names?.kind && names.kind === names.listKind)
    yield invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same');
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

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

function* versionRules(
  field: string,
  version: CustomResourceDefinitionVersion,
  shared: ReturnType<typeof sharedParts>,
  first: boolean,
): Errors {
  for (const problem of dns1035Label(version.name ?? '')) yield invalid(`${field}.name`, version.name ?? '', problem);
  if (version.deprecationWarning !== undefined && version.deprecated !== true) {
    yield invalid(`${field}.deprecationWarning`, version.deprecationWarning, 'can only be set for deprecated versions');
  }
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) yield required(`${field}.schema.openAPIV3Schema`, 'schemas are required');
  else if (first || !shared.schema)
    yield* definitionSchema(shared.schema ? 'spec.validation.openAPIV3Schema' : `${field}.schema.openAPIV3Schema`, schema);
  if (first || !shared.columns) yield* printerColumns(shared.columns ? 'spec' : field, version);
  if (first || !shared.selectable) yield* selectableFields(shared.selectable ? 'spec' : field, version);
  if (first || !shared.subresources) yield* scalePaths(shared.subresources ? 'spec' : field, version);
}

function* printerColumns(field: string, version: CustomResourceDefinitionVersion): Errors {
  for (const [i, column] of entries(version.additionalPrinterColumns)) {
    const at = `${field}.additionalPrinterColumns[${i}]`;
    if (!column.name) yield required(`${at}.name`);
    yield* oneOf(`${at}.type`, column.type, columnTypes);
    if (column.format) yield* optionalOneOf(`${at}.format`, column.format, columnFormats);
    if (!column.jsonPath) yield required(`${at}.jsonPath`, 'JSON path is required');
    else yield* jsonPath(`${at}.jsonPath`, column.jsonPath);
  }
}

function* jsonPath(field: string, text: string): Errors {
  if (!text.startsWith('.')) {
    yield invalid(field, text, 'must be a simple json path starting with .');
    return;
  }
  try {
    parseJsonPath(text);
  } catch (thrown) {
    yield invalid(field, text, messageOf(thrown));
  }
}

const mostSelectable = 8;

/** Upstream: ValidateCustomResourceSelectableFields. */
function* selectableFields(field: string, { selectableFields: given, schema }: CustomResourceDefinitionVersion): Errors {
  if ((given ?? []).length > mostSelectable) yield tooMany(`${field}.selectableFields`, given?.length ?? 0, mostSelectable);
  const seen = new Set<string>();
  for (const [i, { jsonPath: path }] of entries(given)) {
    const at = `${field}.selectableFields[${i}].jsonPath`;
    if (!path) {
      yield required(at);
      continue;
    }
    if (!/^(\.[A-Za-z_][\w-]*)+$/.test(path)) {
      yield invalid(at, path, 'is an invalid path: must be a simple json path of field names');
      continue;
    }
    if (path.startsWith('.metadata.') || path === '.metadata') yield invalid(at, path, 'must not point to fields in metadata');
    const names = path.split('.').slice(1);
    const found = names.reduce<JSONSchemaProps | undefined>((inner, name) => inner?.properties?.[name], schema?.openAPIV3Schema);
    if (found === undefined) yield invalid(at, path, 'is an invalid path: does not refer to a valid field');
    else if (!['string', 'boolean', 'integer'].includes(found.type ?? ''))
      yield invalid(
        at,
        path,
        'must point to a field of type string, boolean or integer. Enum string fields and strings with allowed formats are also allowed',
      );
    if (seen.has(path)) yield duplicate(at, path);
    seen.add(path);
  }
}

function* scalePaths(field: string, version: CustomResourceDefinitionVersion): Errors {
  const scale = version.subresources?.scale;
  if (scale === undefined) return;
  const paths = [
    ['specReplicasPath', '.spec.', 'should be a json path under .spec', true],
    ['statusReplicasPath', '.status.', 'should be a json path under .status', true],
    ['labelSelectorPath', '.', 'should be a json path under either .spec or .status', false],
  ] as const;
  for (const [part, start, text, needed] of paths) {
    const path = scale[part];
    const at = `${field}.subresources.scale.${part}`;
    if (!path) {
      if (needed) yield required(at);
    } else if (!path.startsWith(start) || !/^\.(spec|status)\./.test(path)) yield invalid(at, path, text);
  }
}

function* conversion({ conversion: given }: CustomResourceDefinition['spec']): Errors {
  if (given === undefined) return;
  yield* oneOf('spec.conversion.strategy', given.strategy, ['None', 'Webhook']);
  const webhook = given.webhook;
  if (given.strategy === 'Webhook') {
    if (webhook?.clientConfig === undefined)
      yield required('spec.conversion.webhook.clientConfig', 'required when strategy is set to Webhook');
    if ((webhook?.conversionReviewVersions ?? []).length === 0) yield required('spec.conversion.webhook.conversionReviewVersions');
  } else if (webhook !== undefined) {
    yield forbidden('spec.conversion.webhook', 'should not be set when strategy is not set to Webhook');
  }
}

export function* customResourceDefinitionUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* definitionSpec(object);
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
  if (established) {
    yield* immutable('spec.scope', object.spec.scope, old.spec.scope);
    yield* immutable('spec.names.kind', object.spec.names?.kind, old.spec.names?.kind);
  }
  yield* immutable('spec.group', object.spec.group, old.spec.group);
  yield* immutable('spec.names.plural', object.spec.names?.plural, old.spec.names?.plural);
}
