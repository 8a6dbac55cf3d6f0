import { tableFor } from '../../../src/api/columns/columns.ts';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';

export const now = Date.parse('2026-01-02T00:00:00Z');
/** Five minutes before {@link now}. */
export const creationTimestamp = '2026-01-01T23:55:00Z';

/** Column name → cell of a single object. */
export function cellsOf(kind: Kind, object: object): Record<string, unknown> {
  const table = tableFor(kind, [{ metadata: { name: 'x', creationTimestamp }, ...object } as KubeObject], { now });
  const [row] = table.rows;
  return Object.fromEntries(table.columnDefinitions.map(({ name }, i) => [name, row?.cells[i]]));
}
