import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import type { Table, TableOptions } from './table.ts';

export function tableFor(_kind: Kind, _objects: readonly KubeObject[], _options: TableOptions): Table {
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, columnDefinitions: [], rows: [] };
}
