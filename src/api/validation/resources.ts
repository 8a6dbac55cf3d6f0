import { qualifiedNameErrors } from '../qualified-name.ts';
import { milliValue } from '../quantity.ts';
import type { ResourceRequirements } from '../types/core-v1.ts';
import { compare, nonNegativeQuantity } from './common.ts';
import { type Errors, forbidden, invalid, notFound, notSupported, required } from './field-error.ts';

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const objectCounts = [
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const quotaResources = new Set([
  ...containerResources,
  ...['requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
  ...objectCounts,
]);
const standardResources = new Set([...quotaResources, 'storage']);
const integerResources = new Set(objectCounts);

const isHugePages = (name: string): boolean => name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
/** Unprefixed names and those of kubernetes.io. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith('requests.') && qualifiedNameErrors(`requests.${name}`).length === 0;
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);

export function* resourceName(field: string, name: string): Errors {
  const problems = qualifiedNameErrors(name);
  for (const problem of problems) yield invalid(field, name, problem);
  if (problems.length === 0 && !name.includes('/') && !standardResources.has(name) && !isHugePages(name)) {
    yield invalid(field, name, 'must be a standard resource type or fully qualified');
  }
}
export function* containerResourceName(field: string, name: string): Errors {
  yield* resourceName(field, name);
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name)) yield invalid(field, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    yield invalid(field, name, "doesn't follow extended resource name standard");
  }
}
export function* quotaResourceName(field: string, name: string): Errors {
  yield* resourceName(field, name);
  if (!name.includes('/') && !quotaResources.has(name) && !isHugePages(name))
    yield invalid(field, name, 'must be a standard resource for quota');
}

/** Not negative, and whole for resources that are counted. */
export function* resourceQuantity(field: string, name: string, quantity: string): Errors {
  yield* nonNegativeQuantity(field, quantity);
  if (!integerResources.has(name) && !isExtendedResource(name)) return;
  if (compare(quantity, '0') !== undefined && milliValue(quantity) % 1000 !== 0) yield invalid(field, quantity, 'must be an integer');
}

/** ValidateContainerResourceRequirements; `claims` are the names of the pod's resource claims. */
export function* containerRequirements(field: string, requirements: ResourceRequirements | undefined, claims: ReadonlySet<string>): Errors {
  yield* requirementsOf(field, requirements ?? {}, containerResourceName);
  const seen = new Set<string>();
  for (const [i, claim] of (requirements?.claims ?? []).entries()) {
    const key = claim.request ? `${claim.name}/${claim.request}` : claim.name;
    if (!claim.name) yield required(`${field}.claims[${i}]`);
    else if (seen.has(key)) yield { type: 'Duplicate', field: `${field}.claims[${i}]`, value: claim.name, detail: '' };
    else if (!claims.has(claim.name)) yield notFound(`${field}.claims[${i}]`, claim.name);
    seen.add(key);
  }
}

/** Pod-level resources: only cpu, memory and huge pages, no claims. */
export function* podResources(field: string, requirements: ResourceRequirements | undefined): Errors {
  if (requirements === undefined) return;
  if (requirements.claims !== undefined) yield forbidden(`${field}.claims`, 'claims cannot be set for Resources at pod-level');
  yield* requirementsOf(field, requirements, function* podResource(at, name) {
    if (name !== 'cpu' && name !== 'memory' && !isHugePages(name)) yield notSupported(at, name, ['cpu', 'hugepages-', 'memory']);
  });
}

function* requirementsOf(
  field: string,
  { limits = {}, requests = {} }: ResourceRequirements,
  nameRule: (field: string, name: string) => Errors,
): Errors {
  for (const [name, quantity] of Object.entries(limits)) {
    yield* nameRule(`${field}.limits[${name}]`, name);
    yield* resourceQuantity(`${field}.limits[${name}]`, name, quantity);
  }
  for (const [name, quantity] of Object.entries(requests)) {
    yield* nameRule(`${field}.requests[${name}]`, name);
    yield* resourceQuantity(`${field}.requests[${name}]`, name, quantity);
    const limit = limits[name];
    const overcommit = isOvercommitAllowed(name);
    if (limit === undefined) {
      if (!overcommit) yield required(`${field}.limits`, 'Limit must be set for non overcommitable resources');
      continue;
    }
    const order = compare(quantity, limit) ?? 0;
    if (order !== 0 && !overcommit) yield invalid(`${field}.requests`, quantity, `must be equal to ${name} limit of ${limit}`);
    else if (order > 0) yield invalid(`${field}.requests`, quantity, `must be less than or equal to ${name} limit of ${limit}`);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    yield forbidden(field, 'HugePages require cpu or memory');
  }
}
