import { kinds } from '../scheme.ts';
import type { ResourceClaim } from '../types/resource-v1.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn } from './table.ts';

function stateOf({ metadata, status }: ResourceClaim): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = deleted ? ['deleted'] : [];
  if (status?.allocation !== undefined) states.push('allocated');
  else if (!deleted) states.push('pending');
  if (status?.allocation !== undefined && (status.reservedFor ?? []).length > 0) states.push('reserved');
  return states.join(',');
}

export const resourceColumns = [
  columnsOf(kinds.DeviceClass, [nameColumn, ageColumn], (object, now) => [object.metadata.name ?? '', age(object, now)]),
  columnsOf(
    kinds.ResourceClaim,
    [nameColumn, column('State', 'A summary of the current state (allocated, pending, reserved, etc.).'), ageColumn],
    (object, now) => [object.metadata.name ?? '', stateOf(object), age(object, now)],
  ),
  columnsOf(kinds.ResourceClaimTemplate, [nameColumn, ageColumn], (object, now) => [object.metadata.name ?? '', age(object, now)]),
  columnsOf(
    kinds.ResourceSlice,
    [
      nameColumn,
      column('Node', doc('resource.v1.ResourceSliceSpec', 'nodeName')),
      column('Driver', doc('resource.v1.ResourceSliceSpec', 'driver')),
      column('Pool', doc('resource.v1.ResourceSliceSpec', 'pool')),
      ageColumn,
    ],
    ({ metadata, spec }, now) => [
      metadata.name ?? '',
      spec?.nodeName ?? '<unset>',
      spec?.driver ?? '',
      spec?.pool?.name ?? '',
      age({ metadata }, now),
    ],
  ),
];
