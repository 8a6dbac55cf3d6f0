import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { kinds } from '../scheme.ts';
import { isKnownFormat } from '../structural/formats.ts';
import { isObject } from '../structural/schema.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../types/apiextensions-v1.ts';

/** What a client is warned of in an object that is valid. */
type Warnings = (object: KubeObject, old: KubeObject | undefined) => string[];

const table = new Map<string, Warnings>([
  [
    groupKind(kinds.CustomResourceDefinition),
    (object, old) => definitionWarnings(object as CustomResourceDefinition, old as CustomResourceDefinition | undefined),
  ],
]);

/** Warnings about a new object, or about what an update brings (upstream: the strategies' WarningsOnCreate and WarningsOnUpdate). */
export const warningsOf = (kind: Kind, object: KubeObject, old?: KubeObject): string[] => table.get(groupKind(kind))?.(object, old) ?? [];

/** Formats that mean nothing; on update those alone that are new. */
function definitionWarnings(object: CustomResourceDefinition, old: CustomResourceDefinition | undefined): string[] {
  const formatsOf = (definition: CustomResourceDefinition | undefined): Set<string> =>
    new Set((definition?.spec.versions ?? []).flatMap(({ schema }) => [...unknownFormats(schema?.openAPIV3Schema)]));
  return [...formatsOf(object).difference(formatsOf(old))].map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function* unknownFormats(schema: JSONSchemaProps | undefined): Iterable<string> {
  if (schema === undefined) return;
  if (schema.format !== undefined && schema.format !== '' && !isKnownFormat(schema.format, schema.type)) yield schema.format;
  const { items, allOf = [], anyOf = [], oneOf = [], not, properties = {}, additionalProperties } = schema;
  const below: unknown[] = [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties), additionalProperties];
  for (const inner of below) if (isObject(inner)) yield* unknownFormats(inner as JSONSchemaProps);
}
