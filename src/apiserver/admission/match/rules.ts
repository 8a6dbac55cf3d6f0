import type { NamedRuleWithOperations } from '../../../api/types/admissionregistration-v1.ts';

/** What a rule is asked about. */
export interface Requested {
  operation: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  /** Empty for cluster-scoped resources and for namespaces themselves. */
  namespace: string;
  name: string;
}

const has = (values: readonly string[] | undefined, wanted: string): boolean =>
  values?.some((value) => value === '*' || value === wanted) === true;

/** Whether a webhook's or policy's rule is for the request (upstream: plugin/webhook/predicates/rules). */
export const ruleMatches = (rule: NamedRuleWithOperations, requested: Requested): boolean =>
  has(rule.apiGroups, requested.group) && has(rule.apiVersions, requested.version) && mayMatchVersion(rule, requested);

/** Whether the rule is for the request but perhaps for its group and version; another version of a resource has the same plural. */
export const mayMatchVersion = (rule: NamedRuleWithOperations, requested: Requested): boolean =>
  has(rule.operations, requested.operation) &&
  resourceMatches(rule.resources, requested) &&
  scopeMatches(rule.scope, requested) &&
  ((rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(requested.name) === true);

/** `pods` is the resource alone, `pods/status` that subresource, `pods/*` and `* /*` all of them. */
function resourceMatches(resources: readonly string[] | undefined, { resource, subresource }: Requested): boolean {
  for (const text of resources ?? []) {
    const slash = text.indexOf('/');
    const [main, sub] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)];
    if ((main === '*' || main === resource) && (sub === '*' || sub === subresource)) return true;
  }
  return false;
}

function scopeMatches(scope: string | undefined, { namespace }: Requested): boolean {
  if (scope === 'Namespaced') return namespace !== '';
  if (scope === 'Cluster') return namespace === '';
  return true;
}
