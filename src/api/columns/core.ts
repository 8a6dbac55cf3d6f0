import { kinds } from '../scheme.ts';
import type { ResourceQuota } from '../types/core-v1.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn } from './table.ts';

/** `cpu: 1/2, …` of the resources whose name starts with `limits.`, or of the others. */
function quotaText({ status }: ResourceQuota, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .sort()
    .filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name] ?? '0'}`)
    .join(', ');
}

const countOf = (map: object | undefined): number => Object.keys(map ?? {}).length;

export const coreColumns = [
  columnsOf(
    kinds.ComponentStatus,
    [
      nameColumn,
      column('Status', 'Status of the component conditions'),
      column('Message', 'Message of the component conditions'),
      column('Error', 'Error of the component conditions'),
    ],
    ({ metadata, conditions }) => {
      const healthy = conditions?.find(({ type }) => type === 'Healthy');
      const status = healthy?.status === 'True' ? 'Healthy' : healthy?.status === 'False' ? 'Unhealthy' : 'Unknown';
      return [metadata.name ?? '', status, healthy?.message ?? '', healthy?.error ?? ''];
    },
  ),
  columnsOf(kinds.Namespace, [nameColumn, column('Status', 'The status of the namespace'), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.status?.phase ?? '',
    age(object, now),
  ]),
  columnsOf(
    kinds.Secret,
    [nameColumn, column('Type', doc('core.v1.Secret', 'type')), column('Data', doc('core.v1.Secret', 'data')), ageColumn],
    (object, now) => [object.metadata.name ?? '', object.type ?? '', countOf(object.data), age(object, now)],
  ),
  columnsOf(kinds.ConfigMap, [nameColumn, column('Data', doc('core.v1.ConfigMap', 'data')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    countOf(object.data) + countOf(object.binaryData),
    age(object, now),
  ]),
  columnsOf(kinds.ServiceAccount, [nameColumn, column('Secrets', doc('core.v1.ServiceAccount', 'secrets')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.secrets?.length ?? 0,
    age(object, now),
  ]),
  columnsOf(
    kinds.ResourceQuota,
    [
      nameColumn,
      column('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.'),
      column('Limit', 'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.'),
      ageColumn,
    ],
    (object, now) => [object.metadata.name ?? '', quotaText(object, false), quotaText(object, true), age(object, now)],
  ),
  columnsOf(kinds.Lease, [nameColumn, column('Holder', doc('coordination.v1.LeaseSpec', 'holderIdentity')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.spec?.holderIdentity ?? '',
    age(object, now),
  ]),
];
