import { kinds } from '../scheme.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../types/core-v1.ts';
import { entries, immutable } from './common.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';
import { quotaResourceName, resourceQuantity } from './resources.ts';

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];

const standardQuotaResources = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'pods', 'resourcequotas', 'services', 'replicationcontrollers'],
  ...['secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers'],
]);
const podResources = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const scopedResources = new Map([
  ['BestEffort', ['pods']],
  ...['CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating'].map((scope): [string, string[]] => [
    scope,
    podResources,
  ]),
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);
const existingScopes = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'Terminating'];

export function* resourceQuota({ metadata, spec }: ResourceQuota): Errors {
  yield* objectMeta(kinds.ResourceQuota, metadata);
  yield* quotaAmounts('spec.hard', spec?.hard);
  for (const scope of spec?.scopes ?? []) {
    if (!scopes.includes(scope)) yield invalid('spec.scopes', spec?.scopes, 'unsupported scope');
    yield* outOfScope('spec.scopes', spec?.scopes, scope, spec?.hard);
  }
  yield* conflictingScopes('spec.scopes', spec?.scopes, spec?.scopes ?? []);
  const expressions = spec?.scopeSelector?.matchExpressions;
  for (const [, expression] of entries(expressions)) yield* scopeExpression(expression, spec);
  const named = (expressions ?? []).map(({ scopeName }) => scopeName);
  yield* conflictingScopes('spec.scopeSelector.matchExpressions', spec?.scopes ?? null, named);
}
function* outOfScope(field: string, value: unknown, scope: string, hard: Record<string, string> | undefined): Errors {
  const measured = scopedResources.get(scope);
  for (const name of Object.keys(hard ?? {}).sort()) {
    if (measured === undefined || !standardQuotaResources.has(name) || measured.includes(name)) continue;
    yield invalid(field, value, 'unsupported scope applied to resource');
  }
}
function* conflictingScopes(field: string, value: unknown, names: string[]): Errors {
  for (const scope of ['BestEffort', 'Terminating']) {
    if (names.includes(scope) && names.includes(`Not${scope}`)) yield invalid(field, value, 'conflicting scopes');
  }
}
function* scopeExpression({ scopeName, operator, values }: ScopedResourceSelectorRequirement, spec: ResourceQuota['spec']): Errors {
  const at = 'spec.scopeSelector.matchExpressions';
  if (!scopes.includes(scopeName)) yield invalid(`${at}.scopeName`, scopeName, 'unsupported scope');
  yield* outOfScope(at, internalSelector(spec), scopeName, spec?.hard);
  if (existingScopes.includes(scopeName) && operator !== 'Exists') {
    const which = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort'].map((scope) => `ResourceQuotaScope${scope}`);
    yield invalid(
      `${at}.operator`,
      operator,
      `must be 'Exist' when scope is any of ${which.join(', ')} or ResourceQuotaScopeCrossNamespacePodAffinity`,
    );
  }
  if (operator === 'In' || operator === 'NotIn') {
    if ((values ?? []).length === 0) {
      yield required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if ((values ?? []).length > 0) {
      yield invalid(`${at}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
    }
  } else yield invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator');
}
/** The selector as upstream's messages print it: the internal type, whose fields have no JSON names. */
const internalSelector = (spec: ResourceQuota['spec']): unknown => ({
  MatchExpressions: (spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName,
    Operator: operator,
    Values: values ?? null,
  })),
});
export function* resourceQuotaUpdate(object: ResourceQuota, old: ResourceQuota): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* resourceQuota(object);
  yield* immutable('spec.scopes', [...(object.spec?.scopes ?? [])].sort(), [...(old.spec?.scopes ?? [])].sort());
}
export function* resourceQuotaStatusUpdate(object: ResourceQuota, old: ResourceQuota): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* quotaAmounts('status.hard', object.status?.hard);
  yield* quotaAmounts('status.used', object.status?.used);
}
function* quotaAmounts(field: string, amounts: Record<string, string> | undefined): Errors {
  for (const [name, quantity] of Object.entries(amounts ?? {})) {
    yield* quotaResourceName(`${field}[${name}]`, name);
    yield* resourceQuantity(`${field}[${name}]`, name, quantity);
  }
}
