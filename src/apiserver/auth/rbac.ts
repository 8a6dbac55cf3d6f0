import { kinds } from '../../api/scheme.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../../api/types/rbac-v1.ts';
import type { Store } from '../../store/store.ts';
import type { AuthorizationAttributes, Authorizer, Decision } from './attributes.ts';
import { follow } from './follow.ts';
import { type CompiledRule, compileRule } from './rules.ts';
import { serviceAccountUserName, type UserInfo } from './user.ts';

export interface Rbac extends Authorizer {
  /** Every rule that applies to `user` in `namespace` (empty: cluster-wide only), and what could not be resolved. */
  rulesFor(user: UserInfo, namespace: string): { rules: PolicyRule[]; errors: string[] };
  /** The rules behind a role reference; undefined when the role does not exist. */
  rulesOf(ref: RoleRef, namespace: string): PolicyRule[] | undefined;
}

interface Compiled {
  source: PolicyRule[];
  rules: CompiledRule[];
}

interface Binding {
  name: string;
  /** Empty for a ClusterRoleBinding. */
  namespace: string;
  ref: RoleRef;
}

/** Bindings by subject, so that a request looks at its own user's and groups' bindings alone. */
type BySubject = Map<string, Map<string, { binding: Binding; subject: Subject }>>;

const userKey = (name: string): string => `u ${name}`;
const groupKey = (name: string): string => `g ${name}`;

/** A service account is the user it authenticates as. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  if (subject.kind === 'User') return userKey(subject.name);
  if (subject.kind === 'Group') return groupKey(subject.name);
  const namespace = subject.namespace ?? bindingNamespace;
  return subject.kind === 'ServiceAccount' && namespace !== '' ? userKey(serviceAccountUserName(namespace, subject.name)) : undefined;
}

/** Decides by the RBAC objects in the store, kept compiled as they change. */
export async function createRbac(store: Store): Promise<Rbac> {
  const clusterRoles = new Map<string, Compiled>();
  const roles = new Map<string, Compiled>();
  const clusterBindings: BySubject = new Map();
  const bindings = new Map<string, BySubject>();

  const compile = (role: Role | ClusterRole): Compiled => {
    const source = role.rules ?? [];
    return { source, rules: source.map(compileRule) };
  };
  const roleKey = (namespace: string, name: string) => `${namespace}/${name}`;
  const followRoles = (kind: typeof kinds.ClusterRole | typeof kinds.Role, into: Map<string, Compiled>) =>
    follow<Role | ClusterRole>(store, kind, {
      set: (role) => into.set(roleKey(role.metadata.namespace ?? '', role.metadata.name ?? ''), compile(role)),
      remove: (role) => into.delete(roleKey(role.metadata.namespace ?? '', role.metadata.name ?? '')),
    });

  const place = (namespace: string): BySubject => {
    if (namespace === '') return clusterBindings;
    const here = bindings.get(namespace) ?? new Map();
    bindings.set(namespace, here);
    return here;
  };
  const unbind = (object: RoleBinding | ClusterRoleBinding): void => {
    const { name = '', namespace = '' } = object.metadata;
    const here = place(namespace);
    for (const subject of object.subjects ?? []) {
      const key = subjectKey(subject, namespace) ?? '';
      const bound = here.get(key);
      bound?.delete(name);
      if (bound?.size === 0) here.delete(key);
    }
  };
  const bind = (object: RoleBinding | ClusterRoleBinding): void => {
    const { name = '', namespace = '' } = object.metadata;
    const here = place(namespace);
    for (const subject of object.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      if (key === undefined) continue;
      const bound = here.get(key) ?? new Map();
      bound.set(name, { binding: { name, namespace, ref: object.roleRef }, subject });
      here.set(key, bound);
    }
  };
  const followBindings = (kind: typeof kinds.ClusterRoleBinding | typeof kinds.RoleBinding) =>
    follow<RoleBinding | ClusterRoleBinding>(store, kind, {
      set: (object, previous) => {
        if (previous !== undefined) unbind(previous);
        bind(object);
      },
      remove: unbind,
    });

  await followRoles(kinds.ClusterRole, clusterRoles);
  await followRoles(kinds.Role, roles);
  await followBindings(kinds.ClusterRoleBinding);
  await followBindings(kinds.RoleBinding);

  const compiledOf = (ref: RoleRef, namespace: string): Compiled | undefined =>
    ref.kind === 'ClusterRole' ? clusterRoles.get(roleKey('', ref.name)) : roles.get(roleKey(namespace, ref.name));

  /** Calls `visit` for each binding that applies until it answers true. */
  const visit = (
    user: UserInfo,
    namespace: string,
    decide: (compiled: Compiled | undefined, binding: Binding, subject: Subject) => boolean,
  ): boolean => {
    const keys = [userKey(user.name), ...user.groups.map(groupKey)];
    const places = namespace === '' ? [clusterBindings] : [clusterBindings, bindings.get(namespace)];
    for (const here of places) {
      if (here === undefined) continue;
      for (const key of keys) {
        for (const { binding, subject } of here.get(key)?.values() ?? []) {
          if (decide(compiledOf(binding.ref, binding.namespace), binding, subject)) return true;
        }
      }
    }
    return false;
  };
  const missing = (ref: RoleRef): string => `${ref.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(ref.name)} not found`;

  const authorize = (attributes: AuthorizationAttributes): Decision => {
    const namespace = attributes.path === undefined ? attributes.namespace : '';
    const errors = new Set<string>();
    let reason = '';
    const allowed = visit(attributes.user, namespace, (compiled, binding, subject) => {
      if (compiled === undefined) errors.add(missing(binding.ref));
      if (compiled?.rules.some((rule) => rule.matches(attributes)) !== true) return false;
      reason = allowedBy(binding, subject);
      return true;
    });
    if (allowed) return { allowed, reason };
    return { allowed, reason: errors.size === 0 ? '' : `RBAC: ${aggregate([...errors])}` };
  };

  return {
    authorize: async (attributes) => authorize(attributes),
    rulesFor(user, namespace) {
      const rules: PolicyRule[] = [];
      const errors = new Set<string>();
      visit(user, namespace, (compiled, { ref }) => {
        if (compiled === undefined) errors.add(missing(ref));
        else for (const rule of compiled.source) rules.push(rule);
        return false;
      });
      return { rules, errors: [...errors] };
    },
    rulesOf: (ref, namespace) => compiledOf(ref, namespace)?.source,
  };
}

/** Several errors in one line, as `k8s.io/apimachinery`'s error aggregate prints them. */
const aggregate = (errors: readonly string[]): string => (errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`);

function allowedBy(binding: Binding, subject: Subject): string {
  const kind = binding.namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const name = binding.namespace === '' ? binding.name : `${binding.name}/${binding.namespace}`;
  const who =
    subject.kind === 'ServiceAccount'
      ? `ServiceAccount ${JSON.stringify(`${subject.name}/${subject.namespace ?? binding.namespace}`)}`
      : `${subject.kind} ${JSON.stringify(subject.name)}`;
  return `RBAC: allowed by ${kind} ${JSON.stringify(name)} of ${binding.ref.kind} ${JSON.stringify(binding.ref.name)} to ${who}`;
}
