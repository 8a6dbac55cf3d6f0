import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import { pathMatches } from './rules.ts';

/** The rules among `wanted`, taken apart to single permissions, that `held` does not grant (upstream: `rbacregistryvalidation.Covers`). */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return merge(wanted.flatMap(atoms).filter((atom) => !held.some((rule) => covers(rule, atom))));
}

/** A rule of one verb and one resource or URL, as a rule again. */
function atoms({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  const rules: PolicyRule[] = [];
  for (const verb of verbs) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const name of names) {
          const named = name === undefined ? {} : { resourceNames: [name] };
          rules.push({ verbs: [verb], apiGroups: [group], resources: [resource], ...named });
        }
      }
    }
    for (const url of nonResourceURLs) rules.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return rules;
}

const has = (values: readonly string[] | undefined, value: string | undefined): boolean =>
  value !== undefined && values !== undefined && (values.includes('*') || values.includes(value));

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  if (!has(rule.verbs, atom.verbs[0])) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return rule.nonResourceURLs?.some((own) => pathMatches(own, url)) === true;
  const resource = atom.resources?.[0] ?? '';
  const subresource = resource.includes('/') ? `*/${resource.slice(resource.indexOf('/') + 1)}` : undefined;
  const resourceCovered = has(rule.resources, resource) || (subresource !== undefined && rule.resources?.includes(subresource) === true);
  if (!has(rule.apiGroups, atom.apiGroups?.[0]) || !resourceCovered) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (atom.resourceNames !== undefined && names.includes(atom.resourceNames[0] ?? ''));
}

/** Puts the verbs of one resource together again, as upstream's message lists them. */
function merge(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...rest } = rule;
    const key = JSON.stringify(rest);
    const known = merged.get(key);
    merged.set(key, known === undefined ? rule : { ...known, verbs: [...new Set([...known.verbs, ...verbs])] });
  }
  return [...merged.values()];
}
