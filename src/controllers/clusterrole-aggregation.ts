import { semanticEqual } from '../api/deep-equal.ts';
import { selectorFrom } from '../api/labels.ts';
import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { ClusterRole, PolicyRule } from '../api/types/rbac-v1.ts';
import type { StartController } from './context.ts';
import { canonicalJson } from './lib/hash.ts';
import { nameOf } from './lib/objects.ts';

/** The rules of all roles that the aggregating role selects, each once, in the order of their names. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const selector of (role.aggregationRule?.clusterRoleSelectors ?? []).map(selectorFrom)) {
    const selected = all.filter((other) => nameOf(other) !== nameOf(role) && selector.matches(other.metadata.labels ?? {}));
    for (const other of selected.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
      for (const rule of other.rules ?? []) if (!rules.has(canonicalJson(rule))) rules.set(canonicalJson(rule), rule);
    }
  }
  return [...rules.values()];
}

/** Fills ClusterRoles that are aggregated from others (`admin`, `edit`, `view` and their extensions). */
export const clusterRoleAggregationController: StartController = ({ client, informers }) => {
  const roles = informers.informer(kinds.ClusterRole);
  return {
    name: 'clusterrole-aggregation-controller',
    watch(enqueue) {
      const enqueueAll = (): void => {
        for (const role of roles.list()) if (role.aggregationRule !== undefined) enqueue(keyOf(role));
      };
      roles.on({ add: enqueueAll, update: enqueueAll, delete: enqueueAll });
    },
    async reconcile(key) {
      const role = roles.get(key);
      if (role?.aggregationRule === undefined) return;
      const rules = aggregatedRules(role, roles.list());
      if (!semanticEqual(rules, role.rules)) await client.update(kinds.ClusterRole, { ...role, rules });
    },
  };
};
