import { semanticEqual } from '../../../api/deep-equal.ts';
import { kinds } from '../../../api/scheme.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../../api/types/rbac-v1.ts';
import { uncovered } from '../../auth/escalation.ts';
import { compactRule } from '../../auth/rules.ts';
import {
  type AdmissionAttributes,
  type AdmissionContext,
  type AdmissionPlugin,
  admissionForbidden,
  isFor,
  lookupNotFound,
} from '../plugin.ts';

/**
 * Nobody grants what they do not have: writing a role needs every rule in it (or the verb `escalate`), binding one needs
 * every rule of it (or the verb `bind`). Upstream does this in RBAC's storage (`pkg/registry/rbac/*\/policybased`).
 */
export const rbacEscalation: AdmissionPlugin = {
  name: 'RBACEscalation',
  async validate(attributes, context) {
    if (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE') return;
    if (isFor(attributes, kinds.Role) || isFor(attributes, kinds.ClusterRole)) await checkRole(attributes, context);
    if (isFor(attributes, kinds.RoleBinding) || isFor(attributes, kinds.ClusterRoleBinding)) await checkBinding(attributes, context);
  },
};

const mayVerb = async (
  verb: string,
  plural: string,
  name: string,
  { user, namespace, kind }: AdmissionAttributes,
  context: AdmissionContext,
) =>
  (
    await context.authorizer.authorize({
      user,
      verb,
      group: kind.group,
      version: '*',
      resource: plural,
      subresource: '',
      namespace,
      name,
    })
  ).allowed;

async function checkRole(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> {
  const role = attributes.object as ClusterRole;
  const old = attributes.oldObject as ClusterRole | undefined;
  const unchanged = semanticEqual(role.rules, old?.rules) && semanticEqual(role.aggregationRule, old?.aggregationRule);
  if (old !== undefined && unchanged) return;
  if (await mayVerb('escalate', attributes.kind.plural, role.metadata.name ?? '', attributes, context)) return;
  const { aggregationRule } = role;
  if (aggregationRule !== undefined && !semanticEqual(aggregationRule, old?.aggregationRule)) {
    // Whoever may aggregate anything may gain anything.
    checkRules(
      [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ],
      attributes,
      context,
    );
  }
  checkRules(role.rules ?? [], attributes, context);
}

async function checkBinding(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> {
  const { roleRef, subjects } = attributes.object as RoleBinding;
  const old = attributes.oldObject as RoleBinding | undefined;
  if (old !== undefined && semanticEqual(subjects, old.subjects) && semanticEqual(roleRef, old.roleRef)) return;
  const kind = roleRef.kind === 'ClusterRole' ? kinds.ClusterRole : kinds.Role;
  if (await mayVerb('bind', kind.plural, roleRef.name, attributes, context)) return;
  const rules = context.rbac.rulesOf(roleRef, attributes.namespace);
  if (rules === undefined) throw lookupNotFound(kind, roleRef.name);
  checkRules(rules, attributes, context);
}

function checkRules(wanted: readonly PolicyRule[], attributes: AdmissionAttributes, context: AdmissionContext): void {
  const { user, namespace } = attributes;
  const missing = uncovered(context.rbac.rulesFor(user, namespace).rules, wanted);
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const list = missing.map(compactRule).sort().join('\n');
  throw admissionForbidden(
    attributes,
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${list}`,
  );
}
