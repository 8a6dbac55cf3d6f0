import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from '../types/apiextensions-v1.ts';
import { entries, immutable, oneOf, optionalOneOf } from './common.ts';
import { structuralSchema } from './crd-schema.ts';
import { duplicate, type Errors, forbidden, invalid, required } from './field-error.ts';
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
  yield* definitionSpec(object);
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
  for (const [i, version] of entries(spec.versions)) {
    const at = `spec.versions[${i}]`;
    if (names.has(version.name)) yield duplicate(`${at}.name`, version.name);
    names.add(version.name);
    yield* versionRules(at, version);
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

function* versionRules(field: string, version: CustomResourceDefinitionVersion): Errors {
  for (const problem of dns1035Label(version.name ?? '')) yield invalid(`${field}.name`, version.name ?? '', problem);
  if (version.deprecationWarning !== undefined && version.deprecated !== true) {
    yield invalid(`${field}.deprecationWarning`, version.deprecationWarning, 'can only be set for deprecated versions');
  }
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) yield required(`${field}.schema.openAPIV3Schema`, 'schemas are required');
  else yield* structuralSchema(`${field}.schema.openAPIV3Schema`, schema, { root: true, inValueValidation: false });
  for (const [i, column] of entries(version.additionalPrinterColumns)) {
    const at = `${field}.additionalPrinterColumns[${i}]`;
    if (!column.name) yield required(`${at}.name`);
    yield* oneOf(`${at}.type`, column.type, columnTypes);
    if (column.format) yield* optionalOneOf(`${at}.format`, column.format, columnFormats);
    if (!column.jsonPath) yield required(`${at}.jsonPath`);
  }
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
