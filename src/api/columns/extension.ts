import { kinds } from '../scheme.ts';
import type { APIService } from '../types/apiregistration-v1.ts';
import { age, ageColumn, column, columnsOf, nameColumn } from './table.ts';

const webhooksColumn = column('Webhooks', 'Webhooks indicates the number of webhooks registered in this configuration', 'integer');
const paramKindColumn = column('ParamKind', 'ParamKind specifies the kind of resources used to parameterize this policy');

function paramKindText(kind: { apiVersion?: string; kind?: string } | undefined): string {
  if (kind === undefined) return '<unset>';
  return (kind.apiVersion ?? '') === '' ? (kind.kind ?? '') : `${kind.apiVersion}/${kind.kind ?? ''}`;
}

function paramRefText(ref: { namespace?: string; name?: string } | undefined): string {
  if (ref === undefined) return '<unset>';
  const name = ref.name ?? '*';
  return (ref.namespace ?? '') === '' ? name : `${ref.namespace}/${name}`;
}

function available({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

export const extensionColumns = [
  columnsOf(kinds.MutatingWebhookConfiguration, [nameColumn, webhooksColumn, ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.webhooks?.length ?? 0,
    age(object, now),
  ]),
  columnsOf(kinds.ValidatingWebhookConfiguration, [nameColumn, webhooksColumn, ageColumn], (object, now) => [
    object.metadata.name ?? '',
    object.webhooks?.length ?? 0,
    age(object, now),
  ]),
  columnsOf(
    kinds.ValidatingAdmissionPolicy,
    [
      nameColumn,
      column('Validations', 'Validations indicates the number of validation rules defined in this configuration', 'integer'),
      paramKindColumn,
      ageColumn,
    ],
    (object, now) => [
      object.metadata.name ?? '',
      object.spec?.validations?.length ?? 0,
      paramKindText(object.spec?.paramKind),
      age(object, now),
    ],
  ),
  columnsOf(
    kinds.ValidatingAdmissionPolicyBinding,
    [
      nameColumn,
      column('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to'),
      column('ParamRef', 'ParamRef indicates the param resource which sets the configration param'),
      ageColumn,
    ],
    (object, now) => [object.metadata.name ?? '', object.spec?.policyName ?? '', paramRefText(object.spec?.paramRef), age(object, now)],
  ),
  columnsOf(
    kinds.MutatingAdmissionPolicy,
    [
      nameColumn,
      column('Mutations', 'Mutations indicates the number of mutations rules defined in this configuration', 'integer'),
      paramKindColumn,
      ageColumn,
    ],
    (object, now) => [
      object.metadata.name ?? '',
      object.spec?.mutations?.length ?? 0,
      paramKindText(object.spec?.paramKind),
      age(object, now),
    ],
  ),
  columnsOf(
    kinds.MutatingAdmissionPolicyBinding,
    [
      nameColumn,
      column('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to'),
      column('ParamRef', 'ParamRef indicates the param resource which sets the configration param'),
      ageColumn,
    ],
    (object, now) => [object.metadata.name ?? '', object.spec?.policyName ?? '', paramRefText(object.spec?.paramRef), age(object, now)],
  ),
  // The aggregator's own convertor.
  columnsOf(
    kinds.APIService,
    [
      nameColumn,
      column('Service', 'The reference to the service that hosts this API endpoint.'),
      column('Available', 'Whether this service is available.'),
      ageColumn,
    ],
    (object, now) => {
      const service = object.spec?.service;
      const where = service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`;
      return [object.metadata.name ?? '', where, available(object), age(object, now)];
    },
  ),
];
