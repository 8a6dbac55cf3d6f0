import { since } from '../columns/format.ts';
import { type Columns, nameColumn } from '../columns/table.ts';
import type { KubeObject } from '../object.ts';
import { descriptionOf } from '../schema.ts';
import type { CustomResourceColumnDefinition } from '../types/apiextensions-v1.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';

const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: descriptionOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'creationTimestamp'),
  jsonPath: '.metadata.creationTimestamp',
};

/** The name and the definition's own columns, or the age where it has none (upstream: tableconvertor). */
export function customColumns(columns: readonly CustomResourceColumnDefinition[] | undefined): Columns {
  const own = (columns ?? []).length === 0 ? [ageColumn] : (columns ?? []);
  const paths = own.map(({ jsonPath, type }) => ({ type, path: pathOrNone(jsonPath) }));
  return {
    definitions: [
      nameColumn,
      ...own.map(({ name, type, jsonPath, format = '', description = '', priority = 0 }) => ({
        name,
        type,
        format,
        description: description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
        priority,
      })),
    ],
    cells: (object: KubeObject, now) => [object.metadata.name ?? '', ...paths.map(({ type, path }) => cell(type, path(object), now))],
  };
}

function pathOrNone(text: string): JsonPath {
  try {
    return parseJsonPath(text);
  } catch {
    return () => [];
  }
}

/** A value that is not of the column's type shows as nothing. */
function cell(type: string, found: readonly unknown[], now: number): unknown {
  const [value] = found;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, now) : null;
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

const dateCell = (value: string, now: number): string => (Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now));
