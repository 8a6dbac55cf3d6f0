import { semanticEqual } from '../deep-equal.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../types/rbac-v1.ts';
import { entries, labelSelector } from './common.ts';
import { type Errors, forbidden, gather, invalid, notSupported, required } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { metaOnUpdate, objectMeta, pathSegment } from './meta.ts';

const group = 'rbac.authorization.k8s.io';

function* rules(list: PolicyRule[] | undefined, namespaced: boolean): Errors {
  for (const [i, rule] of entries(list)) {
    const at = `rules[${i}]`;
    if ((rule.verbs ?? []).length === 0) yield required(`${at}.verbs`, 'verbs must contain at least one value');
    if ((rule.nonResourceURLs ?? []).length > 0) {
      if (namespaced) {
        yield invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
      }
      if ((rule.apiGroups ?? []).length > 0 || (rule.resources ?? []).length > 0 || (rule.resourceNames ?? []).length > 0) {
        yield invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs');
      }
      continue;
    }
    if ((rule.apiGroups ?? []).length === 0) yield required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    if ((rule.resources ?? []).length === 0) yield required(`${at}.resources`, 'resource rules must supply at least one resource');
  }
}

export function* role({ metadata, rules: list }: Role): Errors {
  yield* objectMeta(kinds.Role, metadata);
  yield* rules(list, true);
}
export function* clusterRole({ metadata, rules: list, aggregationRule }: ClusterRole): Errors {
  yield* objectMeta(kinds.ClusterRole, metadata);
  yield* rules(list, false);
  if (aggregationRule === undefined) return;
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  const at = 'aggregationRule.clusterRoleSelectors';
  if (selectors.length === 0) yield required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  for (const [i, selector] of selectors.entries()) {
    const problems = gather(labelSelector(`${at}[${i}]`, selector));
    yield* problems;
    if (problems.length > 0) yield invalid(`${at}[${i}]`, null, 'invalid label selector.');
  }
}
/** A RoleBinding may refer to a Role or a ClusterRole, a ClusterRoleBinding only to the latter. */
function* bindingRules(roleRef: RoleRef | undefined, subjects: Subject[] | undefined, roleKinds: string[], namespaced: boolean): Errors {
  if ((roleRef?.apiGroup ?? '') !== group) yield notSupported('roleRef.apiGroup', roleRef?.apiGroup, [group]);
  if (!roleKinds.includes(roleRef?.kind ?? '')) yield notSupported('roleRef.kind', roleRef?.kind, roleKinds);
  if (!roleRef?.name) yield required('roleRef.name');
  else yield* check('roleRef.name', roleRef.name, pathSegment);
  for (const [i, subject] of entries(subjects)) yield* subjectRules(`subjects[${i}]`, subject, namespaced);
}

function* subjectRules(field: string, { kind, name, namespace, apiGroup }: Subject, namespaced: boolean): Errors {
  if (!name) yield required(`${field}.name`);
  if (kind === 'ServiceAccount') {
    if (name) yield* check(`${field}.name`, name, subdomainErrors);
    if (apiGroup) yield notSupported(`${field}.apiGroup`, apiGroup, ['']);
    if (!namespace && !namespaced) yield required(`${field}.namespace`);
    if (namespace) yield* check(`${field}.namespace`, namespace, dnsLabel);
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== group) yield notSupported(`${field}.apiGroup`, apiGroup, [group]);
    if (namespace) yield forbidden(`${field}.namespace`, `${kind === 'User' ? 'Users' : 'Groups'} do not have a namespace`);
  } else yield notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group']);
}

export function* roleBinding({ metadata, roleRef, subjects }: RoleBinding): Errors {
  yield* objectMeta(kinds.RoleBinding, metadata);
  yield* bindingRules(roleRef, subjects, ['Role', 'ClusterRole'], true);
}
export function* clusterRoleBinding({ metadata, roleRef, subjects }: ClusterRoleBinding): Errors {
  yield* objectMeta(kinds.ClusterRoleBinding, metadata);
  yield* bindingRules(roleRef, subjects, ['ClusterRole'], false);
}
export function* roleBindingUpdate(object: RoleBinding, old: RoleBinding): Errors {
  yield* metaOnUpdate(kinds.RoleBinding, object.metadata, old.metadata);
  yield* bindingRules(object.roleRef, object.subjects, ['Role', 'ClusterRole'], true);
  yield* sameRole(object, old);
}
export function* clusterRoleBindingUpdate(object: ClusterRoleBinding, old: ClusterRoleBinding): Errors {
  yield* metaOnUpdate(kinds.ClusterRoleBinding, object.metadata, old.metadata);
  yield* bindingRules(object.roleRef, object.subjects, ['ClusterRole'], false);
  yield* sameRole(object, old);
}
function* sameRole({ roleRef }: { roleRef: RoleRef }, old: { roleRef: RoleRef }): Errors {
  if (!semanticEqual(roleRef, old.roleRef)) yield invalid('roleRef', roleRef, 'cannot change roleRef');
}
