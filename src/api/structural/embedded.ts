import { subdomainErrors } from '../qualified-name.ts';
import type { ObjectMeta } from '../types/meta-v1.ts';
import { annotations, labels } from '../validation/common.ts';
import { type Errors, invalid, required } from '../validation/field-error.ts';
import { check, dnsLabel } from '../validation/formats.ts';
import { fieldSchema, isEmbedded, isObject, itemsOf, type StructuralSchema } from './schema.ts';

/** Parts that the schema marks as whole resources need a kind, an apiVersion and metadata that hold (upstream: objectmeta.Validate). */
export function* embeddedResources(value: unknown, schema: StructuralSchema | undefined, path = ''): Errors {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const [index, item] of value.entries()) yield* embeddedResources(item, items, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  if (path !== '' && isEmbedded(schema)) yield* resource(value, path);
  for (const [name, inner] of Object.entries(value)) {
    yield* embeddedResources(inner, fieldSchema(schema, name), path === '' ? name : `${path}.${name}`);
  }
}

function* resource(value: Record<string, unknown>, path: string): Errors {
  const { apiVersion, kind } = value;
  const metadata = value['metadata'] as ObjectMeta | undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '') yield required(`${path}.apiVersion`, 'must not be empty');
  else if (!/^([^/]+\/)?[^/]+$/.test(apiVersion))
    yield invalid(`${path}.apiVersion`, apiVersion, 'unexpected GroupVersion string: ' + apiVersion);
  if (typeof kind !== 'string' || kind === '') yield required(`${path}.kind`, 'must not be empty');
  else
    for (const problem of dnsLabel(kind.toLowerCase()))
      yield invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${problem}`);
  if (typeof metadata !== 'object' || metadata === null) return;
  if (metadata.name) yield* check(`${path}.metadata.name`, metadata.name, subdomainErrors);
  if (metadata.namespace) yield* check(`${path}.metadata.namespace`, metadata.namespace, dnsLabel);
  yield* labels(`${path}.metadata.labels`, metadata.labels);
  yield* annotations(`${path}.metadata.annotations`, metadata.annotations);
}
