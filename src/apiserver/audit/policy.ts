import type { UserInfo } from '../auth/user.ts';
import type { RequestInfo } from '../paths.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export interface GroupResources {
  group?: string;
  /** `pods`, `pods/log`, `pods/*`, `*`, `* /scale`; all when empty. */
  resources?: string[];
  resourceNames?: string[];
}

export interface PolicyRule {
  level: Level;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  /** The empty text stands for requests outside of namespaces. */
  namespaces?: string[];
  /** `/healthz*`, `/version`, `*`. */
  nonResourceURLs?: string[];
  omitStages?: Stage[];
  omitManagedFields?: boolean;
}

/** `audit.k8s.io/v1` Policy: the first rule that matches a request says how much of it is logged. */
export interface AuditPolicy {
  omitStages?: Stage[];
  omitManagedFields?: boolean;
  rules: PolicyRule[];
}

const levels = new Set(['None', 'Metadata', 'Request', 'RequestResponse']);

/** Checks a decoded policy file. Throws an `Error` with everything that is wrong with it (upstream: apis/audit/validation). */
export function parseAuditPolicy(value: unknown): AuditPolicy {
  const { apiVersion, kind, rules, omitStages, omitManagedFields } = (value ?? {}) as Partial<AuditPolicy> & {
    apiVersion?: string;
    kind?: string;
  };
  const problems: string[] = [];
  if (apiVersion !== 'audit.k8s.io/v1') problems.push(`unknown group version ${apiVersion ?? ''}, want audit.k8s.io/v1`);
  if (kind !== 'Policy') problems.push(`unknown kind ${kind ?? ''}, want Policy`);
  if (!Array.isArray(rules) || rules.length === 0) problems.push('loaded illegal policy with 0 rules');
  for (const [i, rule] of (rules ?? []).entries()) {
    if (!levels.has(rule.level)) problems.push(`rules[${i}].level: Unsupported value: ${JSON.stringify(rule.level ?? '')}`);
    if ((rule.resources ?? []).length > 0 && (rule.nonResourceURLs ?? []).length > 0) {
      problems.push(`rules[${i}].nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('; '));
  return {
    rules: rules ?? [],
    ...(omitStages === undefined ? {} : { omitStages }),
    ...(omitManagedFields === undefined ? {} : { omitManagedFields }),
  };
}

/** The rule for a request; without one nothing is logged. */
export const ruleFor = ({ rules }: AuditPolicy, info: RequestInfo, user: UserInfo): PolicyRule | undefined =>
  rules.find((rule) => matches(rule, info, user));

const among = (values: readonly string[] | undefined, wanted: string): boolean =>
  values === undefined || values.length === 0 || values.includes(wanted);

function matches(rule: PolicyRule, info: RequestInfo, user: UserInfo): boolean {
  if (!among(rule.users, user.name) || !among(rule.verbs, info.verb)) return false;
  if ((rule.userGroups ?? []).length > 0 && !rule.userGroups?.some((group) => user.groups.includes(group))) return false;
  const urls = rule.nonResourceURLs ?? [];
  const resources = rule.resources ?? [];
  if (!info.isResource)
    return urls.length > 0
      ? urls.some((url) => pathMatches(url, info.path))
      : resources.length === 0 && (rule.namespaces ?? []).length === 0;
  if (urls.length > 0) return false;
  return among(rule.namespaces, info.namespace) && (resources.length === 0 || resources.some((one) => resourceMatches(one, info)));
}

const pathMatches = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

function resourceMatches({ group = '', resources = [], resourceNames = [] }: GroupResources, info: RequestInfo): boolean {
  if (group !== info.group) return false;
  if (resources.length === 0) return true;
  const { resource, subresource } = info;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const named = resourceNames.length === 0 || resourceNames.includes(info.name);
  return (
    named &&
    resources.some(
      (one) =>
        one === whole || one === '*' || (subresource !== '' && (one === `*/${subresource}` || one === `${resource}/*`)) || one === '*/*',
    )
  );
}
