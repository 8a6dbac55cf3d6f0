/** `meta.k8s.io/v1 Table`: what `kubectl get` prints. Types of apimachinery meta/v1, which upstream's OpenAPI leaves out. */
import type { KubeObject } from '../object.ts';

export interface TableColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0 is always shown; above that only with `-o wide`. */
  priority: number;
}
export interface TableRow {
  cells: unknown[];
  object?: unknown;
}
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}
export type IncludeObject = 'None' | 'Metadata' | 'Object';
export interface TableOptions {
  /** Milliseconds since the epoch, for ages. */
  now: number;
  /** What each row carries of its object. Default: Metadata. */
  includeObject?: IncludeObject;
}

/** One kind's columns and how an object fills them. */
export interface Columns<T extends KubeObject = KubeObject> {
  definitions: readonly TableColumnDefinition[];
  cells(object: T, context: { now: number }): unknown[];
}
