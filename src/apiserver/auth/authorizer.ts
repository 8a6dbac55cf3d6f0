import type { Store } from '../../store/store.ts';
import type { Authorizer } from './attributes.ts';
import { nodeRules } from './bootstrap/node-rules.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';
import { createNodeGraph } from './node-graph.ts';
import { createRbac, type Rbac } from './rbac.ts';
import { systemMasters } from './user.ts';

/** What a cluster authorizes with: group `system:masters`, then the node authorizer, then RBAC. */
export interface ClusterAuthorizer extends Authorizer {
  readonly rbac: Rbac;
}

/** Resolves when the rules in the store have been read; from then on follows their changes. */
export async function createAuthorizer(store: Store): Promise<ClusterAuthorizer> {
  const rbac = await createRbac(store);
  const node = createNodeAuthorizer(await createNodeGraph(store), nodeRules);
  return {
    rbac,
    async authorize(attributes) {
      if (attributes.user.groups.includes(systemMasters)) return { allowed: true, reason: '' };
      const reasons: string[] = [];
      for (const authorizer of [node, rbac]) {
        const decision = await authorizer.authorize(attributes);
        if (decision.allowed) return decision;
        if (decision.reason !== '') reasons.push(decision.reason);
      }
      return { allowed: false, reason: reasons.join('\n') };
    },
  };
}
