import { semanticEqual } from '../deep-equal.ts';
import { qualifiedNameErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { ControllerRevision } from '../types/apps-v1.ts';
import type { Lease } from '../types/coordination-v1.ts';
import type { Namespace, Node } from '../types/core-v1.ts';
import type { RuntimeClass } from '../types/node-v1.ts';
import type { PriorityClass } from '../types/scheduling-v1.ts';
import { entries, immutable, labels, oneOf } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, required } from './field-error.ts';
import { check, cidr, dnsLabel } from './formats.ts';
import { metaOnUpdate, objectMeta, objectMetaUpdate } from './meta.ts';
import { taintRules, tolerationRules } from './pod/scheduling.ts';
import { resourceQuantity } from './resources.ts';

export function* namespace(object: Namespace): Errors {
  yield* objectMeta(kinds.Namespace, object.metadata);
  yield* namespaceFinalizers('spec.finalizers', object.spec?.finalizers);
}
export function* namespaceUpdate(object: Namespace, old: Namespace): Errors {
  yield* metaOnUpdate(kinds.Namespace, object.metadata, old.metadata);
}
export function* namespaceFinalizeUpdate(object: Namespace, old: Namespace): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* namespaceFinalizers('spec.finalizers', object.spec?.finalizers);
}
function* namespaceFinalizers(field: string, names: string[] | undefined): Errors {
  for (const [i, name] of entries(names)) {
    for (const problem of qualifiedNameErrors(name)) yield invalid(`${field}[${i}]`, name, problem);
    if (!name.includes('/') && name !== 'kubernetes') {
      yield invalid(`${field}[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified');
    }
  }
}
export function* namespaceStatusUpdate(object: Namespace, old: Namespace): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  const phase = object.status?.phase;
  if (object.metadata.deletionTimestamp === undefined) {
    if (phase !== 'Active') yield invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty");
  } else if (phase !== 'Terminating') {
    yield invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
  }
}

export function* node(object: Node): Errors {
  yield* objectMeta(kinds.Node, object.metadata);
  yield* taintRules('metadata.taints', object.spec?.taints);
  yield* nodeResources(object);
  for (const [i, range] of entries(object.spec?.podCIDRs)) yield* check(`spec.podCIDRs[${i}]`, range, cidr);
}
export function* nodeUpdate(object: Node, old: Node): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* nodeResources(object);
  const seen = new Set<string>();
  for (const [i, address] of entries(object.status?.addresses)) {
    const key = `${address.type}/${address.address}`;
    if (seen.has(key)) yield duplicate(`status.addresses[${i}]`, address);
    seen.add(key);
  }
  for (const [i, range] of entries(object.spec?.podCIDRs)) yield* check(`spec.podCIDRs[${i}]`, range, cidr);
  const ranges = old.spec?.podCIDRs ?? [];
  const moved = ranges.length > 0 && !semanticEqual(ranges, object.spec?.podCIDRs);
  if (moved) yield forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  const renamed = Boolean(old.spec?.providerID) && old.spec?.providerID !== object.spec?.providerID;
  if (renamed) yield forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid');
  yield* taintRules('metadata.taints', object.spec?.taints);
  // The path is that of nothing in particular.
  if (moved || renamed) yield forbidden('[]', 'node updates may only change labels, taints, or capacity');
}
function* nodeResources({ status }: Node): Errors {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status?.[list] ?? {})) yield* resourceQuantity(`status.${list}.${name}`, name, quantity);
  }
}

const systemPriorities = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);

export function* priorityClass({ metadata, value = 0, globalDefault = false, preemptionPolicy }: PriorityClass): Errors {
  yield* objectMeta(kinds.PriorityClass, metadata);
  const name = metadata.name ?? '';
  if (name.startsWith('system-')) {
    const problem = systemPriorityProblem(name, value, globalDefault);
    const detail = "priority class names with 'system-' prefix are reserved for system use only. error: ";
    if (problem !== undefined) yield forbidden('metadata.name', detail + problem);
  } else if (value > 1_000_000_000) yield forbidden('value', 'maximum allowed value of a user defined priority is 1000000000');
  if (preemptionPolicy !== undefined) yield* oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']);
}
function systemPriorityProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = systemPriorities.get(name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (known !== value) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
export function* priorityClassUpdate(object: PriorityClass, old: PriorityClass): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  if ((object.value ?? 0) !== (old.value ?? 0)) yield forbidden('value', 'may not be changed in an update.');
  yield* immutable('preemptionPolicy', object.preemptionPolicy, old.preemptionPolicy);
}

export function* lease({ metadata, spec }: Lease): Errors {
  yield* objectMeta(kinds.Lease, metadata);
  yield* leaseSpec(spec);
}
function* leaseSpec(spec: Lease['spec']): Errors {
  const seconds = spec?.leaseDurationSeconds;
  if (seconds !== undefined && seconds <= 0) yield invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0');
  const transitions = spec?.leaseTransitions;
  if (transitions !== undefined && transitions < 0) {
    yield invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0');
  }
}

export function* runtimeClass({ metadata, handler, overhead, scheduling }: RuntimeClass): Errors {
  yield* objectMeta(kinds.RuntimeClass, metadata);
  yield* check('handler', handler ?? '', dnsLabel);
  for (const [name, quantity] of Object.entries(overhead?.podFixed ?? {})) {
    yield* resourceQuantity(`overhead.podFixed.limits[${name}]`, name, quantity);
  }
  yield* labels('scheduling.nodeSelector', scheduling?.nodeSelector);
  yield* tolerationRules('scheduling.tolerations.tolerations', scheduling?.tolerations);
  const seen = new Set<string>();
  for (const [i, toleration] of entries(scheduling?.tolerations)) {
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    const id = JSON.stringify([key, operator, value, effect]);
    if (seen.has(id)) yield duplicate(`scheduling.tolerations[${i}]`, toleration);
    seen.add(id);
  }
}
export function* runtimeClassUpdate(object: RuntimeClass, old: RuntimeClass): Errors {
  yield* metaOnUpdate(kinds.RuntimeClass, object.metadata, old.metadata);
  yield* immutable('handler', object.handler, old.handler);
}

export function* controllerRevision({ metadata, data, revision }: ControllerRevision): Errors {
  yield* objectMeta(kinds.ControllerRevision, metadata);
  if ((data ?? undefined) === undefined) yield required('data', 'data is mandatory');
  if ((revision ?? 0) < 0) yield invalid('revision', revision, 'must be greater than or equal to 0');
}
export function* controllerRevisionUpdate(object: ControllerRevision, old: ControllerRevision): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* controllerRevision(object);
  yield* immutable('data', object.data, old.data);
}
