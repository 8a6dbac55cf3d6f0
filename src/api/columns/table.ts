/** `meta.k8s.io/v1 Table`: what `kubectl get` prints. Types of apimachinery meta/v1, which upstream's OpenAPI leaves out. */
import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { descriptionOf } from '../schema.ts';
import { since } from './format.ts';

export interface TableColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0 is always shown; above that only with `-o wide`. */
  priority: number;
}
export interface TableRowCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
export interface TableRow {
  cells: unknown[];
  conditions?: TableRowCondition[];
  object: unknown;
}
export interface Table {
  kind: 'Table';
  /** `meta.k8s.io/v1`, or an older version that a client asked for. */
  apiVersion: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: readonly TableColumnDefinition[];
  rows: TableRow[];
}
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** One kind's columns and how an object fills them; `now` is in milliseconds since the epoch. */
export interface Columns {
  definitions: readonly TableColumnDefinition[];
  cells(object: KubeObject, now: number): unknown[];
  conditions?(object: KubeObject): TableRowCondition[] | undefined;
}

/** Pairs a kind with its columns; the cells come in the order of the definitions. */
export const columnsOf = <T extends KubeObject>(
  kind: Kind<T>,
  definitions: readonly TableColumnDefinition[],
  cells: (object: T, now: number) => unknown[],
  conditions?: (object: T) => TableRowCondition[] | undefined,
): [string, Columns] => [
  groupKind(kind),
  {
    definitions,
    cells: cells as Columns['cells'],
    ...(conditions === undefined ? {} : { conditions: conditions as NonNullable<Columns['conditions']> }),
  },
];

export function column(name: string, description: string, type = 'string', priority = 0): TableColumnDefinition {
  return { name, type, format: '', description, priority };
}
/** A column that only `-o wide` shows. */
export const wide = (name: string, description: string, type = 'string'): TableColumnDefinition => column(name, description, type, 1);

const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
export const nameColumn: TableColumnDefinition = { ...column('Name', descriptionOf(metadata, 'name')), format: 'name' };
export const ageColumn: TableColumnDefinition = column('Age', descriptionOf(metadata, 'creationTimestamp'));
export const age = (object: KubeObject, now: number): string => since(object.metadata.creationTimestamp, now);

/** The description of a field as the API reference has it: `doc('core.v1.PodSpec', 'nodeName')`. */
export const doc = (type: string, field: string): string => descriptionOf(`io.k8s.api.${type}`, field);

const containersColumn = wide('Containers', 'Names of each container in the template.');
const imagesColumn = wide('Images', 'Images referenced by each container in the template.');
export const templateColumns: readonly TableColumnDefinition[] = [containersColumn, imagesColumn];
