import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import type { ObjectMeta, OwnerReference } from '../types/meta-v1.ts';
import { annotations, immutable, labels, nonNegative } from './common.ts';
import { type Errors, forbidden, invalid, required } from './field-error.ts';
import { asPrefix, type Check, check, dns1035Label, dnsLabel } from './formats.ts';

/** Any name that can be a path segment: RBAC objects and others whose names are not DNS names. */
export const pathSegment: Check = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((character) => value.includes(character)).map((character) => `may not contain '${character}'`);
};

/** Kinds whose names are not RFC 1123 subdomains. */
const nameChecks = new Map<string, Check>([
  ['Namespace', dnsLabel],
  ['Service', dns1035Label],
  ['Role.rbac.authorization.k8s.io', pathSegment],
  ['RoleBinding.rbac.authorization.k8s.io', pathSegment],
  ['ClusterRole.rbac.authorization.k8s.io', pathSegment],
  ['ClusterRoleBinding.rbac.authorization.k8s.io', pathSegment],
]);
/** Upstream takes any name for these: it looks at no more than the spec of some of them, and IPAddresses are named by their address. */
const unchecked = new Set([
  'Event',
  'IPAddress.networking.k8s.io',
  'APIService.apiregistration.k8s.io',
  'CertificateSigningRequest.certificates.k8s.io',
  'PodDisruptionBudget.policy',
]);
const nameCheckOf = (kind: Kind): Check =>
  nameChecks.get(groupKind(kind)) ?? (unchecked.has(groupKind(kind)) ? pathSegment : subdomainErrors);

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
/** Groups that upstream serves by apimachinery's rules alone, without those that the core adds for finalizers. */
const generic = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io', 'admissionregistration.k8s.io', 'coordination.k8s.io']);

/** ValidateObjectMeta: names, labels, annotations, owners and finalizers of a new or changed object of a built-in kind. */
export function* objectMeta(kind: Kind, meta: ObjectMeta, field = 'metadata', test: Check = nameCheckOf(kind)): Errors {
  yield* genericMeta(kind, meta, field, test);
  if (generic.has(kind.group) || kind.custom !== undefined) return;
  for (const [i, name] of (meta.finalizers ?? []).entries()) {
    if (!name.includes('/') && !standardFinalizers.has(name)) {
      yield invalid(`${field}.finalizers[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified');
    }
  }
}

/** The same as apimachinery has it, for any object that has metadata. `test` is of its name. */
export function* genericMeta({ namespaced }: Pick<Kind, 'namespaced'>, meta: ObjectMeta, field: string, test: Check): Errors {
  if (meta.generateName) yield* check(`${field}.generateName`, meta.generateName, asPrefix(test));
  if (!meta.name) yield required(`${field}.name`, 'name or generateName is required');
  else yield* check(`${field}.name`, meta.name, test);
  if (namespaced) {
    if (!meta.namespace) yield required(`${field}.namespace`);
    else yield* check(`${field}.namespace`, meta.namespace, dnsLabel);
  } else if (meta.namespace) yield forbidden(`${field}.namespace`, 'not allowed on this type');
  yield* nonNegative(`${field}.generation`, meta.generation);
  yield* labels(`${field}.labels`, meta.labels);
  yield* annotations(`${field}.annotations`, meta.annotations);
  yield* ownerReferences(`${field}.ownerReferences`, meta.ownerReferences ?? []);
  yield* finalizers(`${field}.finalizers`, meta.finalizers ?? []);
}

/** An owner as Go shows it, with what it must have even where that is empty. */
const shownOwner = ({ apiVersion = '', kind = '', name = '', uid = '', ...rest }: Partial<OwnerReference>): object => ({
  apiVersion,
  kind,
  name,
  uid,
  ...rest,
});

const versionOf = (apiVersion = ''): string => (apiVersion.split('/').length > 2 ? '' : (apiVersion.split('/').at(-1) ?? ''));

function* ownerReferences(field: string, references: OwnerReference[]): Errors {
  let controller: string | undefined;
  for (const reference of references) {
    // Which one it is of, upstream does not say.
    if (versionOf(reference.apiVersion) === '')
      yield invalid(`${field}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty');
    for (const part of ['kind', 'name', 'uid'] as const) if (!reference[part]) yield invalid(`${field}.${part}`, '', 'must not be empty');
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
      yield invalid(field, shownOwner(reference), '/v1, Kind=Event is disallowed from being an owner');
    }
    if (reference.controller !== true) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      yield invalid(field, references.map(shownOwner), detail);
    } else controller = current;
  }
}

function* finalizers(field: string, names: string[]): Errors {
  for (const name of names) yield* check(field, name, qualifiedNameErrors);
  if (names.includes('orphan') && names.includes('foregroundDeletion')) {
    yield invalid(field, names, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

/** ValidateObjectMetaUpdate: what may never change, and no new finalizers once deletion has begun. */
export function* objectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, field = 'metadata'): Errors {
  if (old.deletionTimestamp !== undefined) {
    const before = new Set(old.finalizers);
    const added = (meta.finalizers ?? []).filter((name) => !before.has(name));
    if (added.length > 0) {
      const list = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
      yield forbidden(`${field}.finalizers`, `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`);
    }
  }
  if (!meta.resourceVersion) yield invalid(`${field}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update');
  if ((meta.generation ?? 0) < (old.generation ?? 0)) yield invalid(`${field}.generation`, meta.generation, 'must not be decremented');
  const fixed = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;
  for (const part of fixed) yield* immutable(`${field}.${part}`, meta[part], old[part]);
  yield* labels(`${field}.labels`, meta.labels);
  yield* annotations(`${field}.annotations`, meta.annotations);
  yield* ownerReferences(`${field}.ownerReferences`, meta.ownerReferences ?? []);
}

/** What upstream asks of the metadata in every update before it asks what the kind does, and so says twice (rest.BeforeUpdate). */
export function* commonMeta(kind: Kind, meta: ObjectMeta, old: ObjectMeta): Errors {
  yield* genericMeta(kind, meta, 'metadata', pathSegment);
  yield* objectMetaUpdate(meta, old);
}

/** Metadata rules of an update in full. */
export function* metaOnUpdate(kind: Kind, meta: ObjectMeta, old: ObjectMeta): Errors {
  yield* objectMetaUpdate(meta, old);
  yield* objectMeta(kind, meta);
}

/** A reference to an object by name. */
export function* nameReference(field: string, name: string | undefined, test: Check = subdomainErrors): Errors {
  if (!name) yield required(field);
  else yield* check(field, name, test);
}
