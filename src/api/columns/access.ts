import { kinds } from '../scheme.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import type { ClusterRoleBinding, RoleBinding, Subject } from '../types/rbac-v1.ts';
import { humanDuration, orNone } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, wide } from './table.ts';

const bindingColumns = (type: string) => [
  nameColumn,
  column('Role', doc(type, 'roleRef')),
  ageColumn,
  wide('Users', `Users in the ${type.endsWith('ClusterRoleBinding') ? 'clusterRoleBinding' : 'roleBinding'}`),
  wide('Groups', `Groups in the ${type.endsWith('ClusterRoleBinding') ? 'clusterRoleBinding' : 'roleBinding'}`),
  wide('ServiceAccounts', `ServiceAccounts in the ${type.endsWith('ClusterRoleBinding') ? 'clusterRoleBinding' : 'roleBinding'}`),
];

const named = (subjects: readonly Subject[] | undefined, kind: string): Subject[] =>
  (subjects ?? []).filter((subject) => subject.kind === kind);

const bindingCells = (binding: RoleBinding | ClusterRoleBinding, now: number): unknown[] => [
  binding.metadata.name ?? '',
  `${binding.roleRef.kind}/${binding.roleRef.name}`,
  age(binding, now),
  named(binding.subjects, 'User')
    .map(({ name }) => name)
    .join(', '),
  named(binding.subjects, 'Group')
    .map(({ name }) => name)
    .join(', '),
  named(binding.subjects, 'ServiceAccount')
    .map(({ namespace, name }) => ((namespace ?? '') === '' ? name : `${namespace}/${name}`))
    .join(', '),
];

function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status?.conditions?.some((c) => c.type === type) === true;
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${verdict}${has('Failed') ? ',Failed' : ''}${(status?.certificate ?? '') === '' ? '' : ',Issued'}`;
}

export const accessColumns = [
  columnsOf(kinds.RoleBinding, bindingColumns('rbac.v1.RoleBinding'), bindingCells),
  columnsOf(kinds.ClusterRoleBinding, bindingColumns('rbac.v1.ClusterRoleBinding'), bindingCells),
  columnsOf(
    kinds.CertificateSigningRequest,
    [
      nameColumn,
      ageColumn,
      column('SignerName', doc('certificates.v1.CertificateSigningRequestSpec', 'signerName')),
      column('Requestor', doc('certificates.v1.CertificateSigningRequestSpec', 'request')),
      column('RequestedDuration', doc('certificates.v1.CertificateSigningRequestSpec', 'expirationSeconds')),
      column('Condition', doc('certificates.v1.CertificateSigningRequestStatus', 'conditions')),
    ],
    (object, now) => [
      object.metadata.name ?? '',
      age(object, now),
      orNone(object.spec.signerName),
      object.spec.username ?? '',
      object.spec.expirationSeconds === undefined ? '<none>' : humanDuration(object.spec.expirationSeconds * 1000),
      condition(object),
    ],
  ),
];
