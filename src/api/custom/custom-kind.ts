import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { applySchemaDefaults, hasDefaults, lacksDefaults } from '../structural/default.ts';
import { hasUnknown, prune } from '../structural/prune.ts';
import { isEmbedded, type StructuralSchema, someSchema } from '../structural/schema.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../types/apiextensions-v1.ts';
import { customColumns } from './columns.ts';
import type { CustomRules } from './rules.ts';
import { customStructure } from './structure.ts';
import { customValidation } from './validate.ts';

/** In upstream's order for custom resources. */
const verbs: Kind['verbs'] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** For versions without a schema (from before schemas were required): everything is kept. */
const anything: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The kind that one version of a definition serves, with its accepted names. */
export function customKind({ spec, status }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): Kind {
  const { group, scope } = spec;
  const names = { ...spec.names, ...(status?.acceptedNames?.plural ? status.acceptedNames : {}) };
  const { subresources } = version;
  const listKind = names.listKind ?? `${names.kind}List`;
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: spec.names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources: [...(subresources?.status === undefined ? [] : ['status']), ...(subresources?.scale === undefined ? [] : ['scale'])],
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    schema: definitionName(group, version.name, names.kind),
    ...(listKind === `${names.kind}List` ? {} : { listKind }),
    custom: customRules(version),
  };
}

/** `com.example.stable.v1.CronTab`, as upstream names the definition in OpenAPI. */
const definitionName = (group: string, version: string, kind: string): string => [...group.split('.').reverse(), version, kind].join('.');

function customRules(version: CustomResourceDefinitionVersion): CustomRules {
  const schema = version.schema?.openAPIV3Schema ?? anything;
  const scale = version.subresources?.scale;
  const defaulted = hasDefaults(schema);
  return {
    schema,
    hasEmbedded: someSchema(schema, isEmbedded),
    structure: customStructure(schema),
    columns: customColumns(version.additionalPrinterColumns),
    scale,
    prune: (object) => prune(object, schema),
    applyDefaults: (object: KubeObject) => applySchemaDefaults(object, schema),
    isComplete: (object) => !hasUnknown(object, schema) && !(defaulted && lacksDefaults(object, schema)),
    ...customValidation(schema, scale),
  };
}
