/** Server-side tables: the columns of each kind are upstream's (pkg/printers/internalversion), one file a family of kinds. */
import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import type { KubeObject } from '../object.ts';
import { descriptionOf } from '../schema.ts';
import { accessColumns } from './access.ts';
import { batchColumns } from './batch.ts';
import { coreColumns } from './core.ts';
import { eventColumns } from './event.ts';
import { extensionColumns } from './extension.ts';
import { nodeColumns } from './node.ts';
import { podColumns } from './pod.ts';
import { policyColumns } from './policy.ts';
import { resourceColumns } from './resource.ts';
import { serviceColumns } from './service.ts';
import { storageColumns } from './storage.ts';
import { type Columns, column, type IncludeObject, nameColumn, type Table, type TableRow } from './table.ts';
import { workloadColumns } from './workloads.ts';

export interface TableOptions {
  /** Milliseconds since the epoch, for ages. */
  now: number;
  /** What each row carries of its object. Default: Metadata. */
  includeObject?: IncludeObject;
  /** Default: `meta.k8s.io/v1`. */
  apiVersion?: string;
}

const byKind = new Map<string, Columns>([
  ...podColumns,
  ...workloadColumns,
  ...batchColumns,
  ...serviceColumns,
  ...coreColumns,
  ...nodeColumns,
  ...eventColumns,
  ...storageColumns,
  ...accessColumns,
  ...resourceColumns,
  ...policyColumns,
  ...extensionColumns,
]);

/** For kinds without columns of their own (upstream: rest.NewDefaultTableConvertor). */
const createdAt = column('Created At', descriptionOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'creationTimestamp'), 'date');
const defaultColumns: Columns = {
  definitions: [nameColumn, createdAt],
  cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? ''],
};

const metaVersion = 'meta.k8s.io/v1';

export const columnsFor = (kind: TableKind): Columns => kind.custom?.columns ?? byKind.get(groupKind(kind)) ?? defaultColumns;

type TableKind = Pick<Kind, 'group' | 'kind' | 'custom'>;

/** The table of some objects of one kind; the caller adds the list's metadata. */
export function tableFor(kind: TableKind, objects: readonly KubeObject[], options: TableOptions): Table {
  const columns = columnsFor(kind);
  return {
    kind: 'Table',
    apiVersion: options.apiVersion ?? metaVersion,
    metadata: {},
    columnDefinitions: columns.definitions,
    rows: objects.map((object) => tableRow(columns, object, options)),
  };
}

function tableRow(
  columns: Columns,
  object: KubeObject,
  { now, includeObject = 'Metadata', apiVersion = metaVersion }: TableOptions,
): TableRow {
  const conditions = columns.conditions?.(object);
  return {
    cells: columns.cells(object, now),
    ...(conditions === undefined ? {} : { conditions }),
    object: includeObject === 'Object' ? object : includeObject === 'Metadata' ? partialMetadata(object, apiVersion) : null,
  };
}

/** The object reduced to its metadata, as `as=PartialObjectMetadata` and table rows carry it. */
export const partialMetadata = (object: KubeObject, apiVersion: string): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion,
  metadata: object.metadata,
});
