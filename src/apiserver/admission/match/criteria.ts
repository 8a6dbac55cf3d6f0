import { type Selector, selectorFrom } from '../../../api/labels.ts';
import { kinds } from '../../../api/scheme.ts';
import { ApiError, internalError } from '../../../api/status.ts';
import type { MatchResources, NamedRuleWithOperations } from '../../../api/types/admissionregistration-v1.ts';
import type { Reads } from '../../auth/reads.ts';
import type { Resource, Resources } from '../../resources.ts';
import { type AdmissionAttributes, isFor, lookupNotFound } from '../plugin.ts';
import { mayMatchVersion, type Requested, ruleMatches } from './rules.ts';

/** Which requests a webhook or policy is for, read once for each change of its configuration. */
export interface Criteria {
  rules: readonly NamedRuleWithOperations[];
  excluded: readonly NamedRuleWithOperations[];
  /** Also requests for the same objects by another group or version. */
  equivalent: boolean;
  namespaces: Selector;
  objects: Selector;
}

export const criteriaOf = (match: MatchResources | undefined): Criteria => ({
  rules: match?.resourceRules ?? [],
  excluded: match?.excludeResourceRules ?? [],
  equivalent: match?.matchPolicy !== 'Exact',
  namespaces: selectorFrom(match?.namespaceSelector ?? {}),
  objects: selectorFrom(match?.objectSelector ?? {}),
});

/** Kinds that configure admission itself, which no webhook or policy can lock. */
const exempt = new Set([
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
]);
export const isExempt = ({ kind }: AdmissionAttributes): boolean =>
  kind.group === kinds.ValidatingAdmissionPolicy.group && exempt.has(kind.plural);

const requestedOf = (attributes: AdmissionAttributes, kind: { group: string; version: string; plural: string }): Requested => ({
  operation: attributes.operation,
  group: kind.group,
  version: kind.version,
  resource: kind.plural,
  subresource: attributes.subresource,
  namespace: attributes.kind.namespaced ? attributes.namespace : '',
  name: attributes.name,
});

/**
 * The resource in whose form the request concerns `criteria`: its own, or with `equivalent` another version of it.
 * Undefined when it does not. Throws 404 when the request's namespace is needed and missing, as upstream.
 */
export async function matchRequest(
  criteria: Criteria,
  attributes: AdmissionAttributes,
  reads: Reads,
  resources: Resources,
): Promise<Resource | undefined> {
  const resource = matchRules(criteria, attributes, resources);
  if (resource === undefined) return undefined;
  if (!criteria.objects.everything && !objectsMatch(criteria.objects, attributes)) return undefined;
  if (!criteria.namespaces.everything && !(await namespaceMatches(criteria.namespaces, attributes, reads))) return undefined;
  return resource;
}

function matchRules(criteria: Criteria, attributes: AdmissionAttributes, resources: Resources): Resource | undefined {
  const { kind } = attributes;
  const own = requestedOf(attributes, kind);
  const find = (): Resource | undefined => resources.find(kind.group, kind.version, kind.plural);
  if (criteria.excluded.some((rule) => ruleMatches(rule, own))) return undefined;
  if (criteria.rules.some((rule) => ruleMatches(rule, own))) return find() ?? { kind, storage: kind };
  if (!criteria.equivalent || !criteria.rules.some((rule) => mayMatchVersion(rule, own))) return undefined;
  const others = equivalents(find(), resources);
  const asOther = others.map((other) => ({ other, requested: requestedOf(attributes, other.kind) }));
  if (criteria.excluded.some((rule) => asOther.some(({ requested }) => ruleMatches(rule, requested)))) return undefined;
  for (const rule of criteria.rules) {
    const found = asOther.find(({ requested }) => ruleMatches(rule, requested));
    if (found !== undefined) return found.other;
  }
  return undefined;
}

/** Other resources over the same stored objects. */
function equivalents(resource: Resource | undefined, resources: Resources): Resource[] {
  if (resource === undefined) return [];
  const { group, plural } = resource.storage;
  return resources
    .all()
    .filter((other) => other.kind !== resource.kind && other.storage.group === group && other.storage.plural === plural);
}

/** Either state of the object will do, so that taking the label away is seen too. */
function objectsMatch(selector: Selector, { object, oldObject }: AdmissionAttributes): boolean {
  return [object, oldObject].some((state) => state !== undefined && selector.matches(state.metadata?.labels));
}

/** Cluster-scoped objects are in no namespace, and so never left out; a Namespace is judged by its own labels. */
async function namespaceMatches(selector: Selector, attributes: AdmissionAttributes, reads: Reads): Promise<boolean> {
  const { operation, object, kind } = attributes;
  const isNamespace = kind.group === '' && kind.plural === kinds.Namespace.plural;
  if (attributes.namespace === '' && !isNamespace) return true;
  if (isFor(attributes, kinds.Namespace) && (operation === 'CREATE' || operation === 'UPDATE')) {
    return selector.matches(object?.metadata.labels);
  }
  const name = isNamespace ? attributes.name : attributes.namespace;
  const found = await reads.get(kinds.Namespace, name);
  if (found === undefined) throw lookupNotFound(kinds.Namespace, name);
  return selector.matches(found.metadata.labels);
}

/** An object of one resource in the form of another over the same storage. */
export async function convertTo<T>(from: Resource, to: Resource, object: T): Promise<T> {
  if (from.kind === to.kind || object === undefined) return object;
  try {
    const stored = from.convert === undefined ? object : await from.convert.toStorage(object as never);
    const converted = to.convert === undefined ? stored : await to.convert.fromStorage(stored as never);
    if (converted === undefined) throw new ApiError('', `unable to convert to ${to.kind.kind}`);
    return converted as T;
  } catch (thrown) {
    throw thrown instanceof ApiError && thrown.reason === '' ? internalError(thrown.message) : thrown;
  }
}
