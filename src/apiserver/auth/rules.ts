import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import { type AuthorizationAttributes, resourceWithSubresource } from './attributes.ts';

/** A policy rule made ready for many questions (upstream: `pkg/registry/rbac/validation` and `pkg/apis/rbac/v1/evaluation_helpers.go`). */
export interface CompiledRule {
  matches(attributes: AuthorizationAttributes): boolean;
}

const membership = (values: readonly string[] | undefined): ((value: string) => boolean) => {
  const set = new Set(values);
  return set.has('*') ? () => true : (value) => set.has(value);
};

export function compileRule(rule: PolicyRule): CompiledRule {
  const verb = membership(rule.verbs);
  const group = membership(rule.apiGroups);
  const resources = new Set(rule.resources);
  const everyResource = resources.has('*');
  const names = rule.resourceNames === undefined || rule.resourceNames.length === 0 ? undefined : new Set(rule.resourceNames);
  const urls = rule.nonResourceURLs ?? [];
  return {
    matches(attributes) {
      if (!verb(attributes.verb)) return false;
      if (attributes.path !== undefined) return urls.some((url) => pathMatches(url, attributes.path));
      return (
        group(attributes.group) &&
        (everyResource ||
          resources.has(resourceWithSubresource(attributes)) ||
          (attributes.subresource !== '' && resources.has(`*/${attributes.subresource}`))) &&
        (names === undefined || names.has(attributes.name))
      );
    },
  };
}

/** `*` matches every path, a trailing `*` any end. */
export const pathMatches = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));

const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(',')}]`;

/** A rule as upstream's messages print it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function compactRule(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  return `{${parts
    .filter(([, values]) => values !== undefined && values.length > 0)
    .map(([name, values]) => `${name}:${list(values ?? []).replaceAll(',', ' ')}`)
    .join(', ')}}`;
}
