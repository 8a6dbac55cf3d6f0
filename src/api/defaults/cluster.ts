import type { LimitRange, Namespace, Node, Secret } from '../types/core-v1.ts';
import type { RoleRef, Subject } from '../types/rbac-v1.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

/** Namespaces carry their own name as a label, so that selectors can pick them by name. */
export function defaultNamespace(namespace: Namespace): void {
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ||= 'Active';
  const name = namespace.metadata.name;
  if (name !== undefined && name !== '') {
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name };
  }
}

/** Of a node's ranges the first has a field of its own, for clients that know no other, and there its word counts. */
export function defaultNode(node: Node): void {
  node.spec ??= {};
  const { podCIDR, podCIDRs = [] } = node.spec;
  if (podCIDR && podCIDR !== podCIDRs[0]) node.spec.podCIDRs = [podCIDR];
  if (!podCIDR && podCIDRs[0]) node.spec.podCIDR = podCIDRs[0];
  node.status ??= {};
  if (node.status.allocatable === undefined && node.status.capacity !== undefined) node.status.allocatable = { ...node.status.capacity };
}

/** `stringData` is write-only: it is merged over `data` as soon as a Secret is decoded. */
export function defaultSecret(secret: Secret): void {
  secret.type ||= 'Opaque';
  if (secret.stringData === undefined) return;
  const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]);
  if (encoded.length > 0) secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

/** For containers, `default` falls back to `max`, and `defaultRequest` to `default`, then to `min`. */
export function defaultLimitRange(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    item.default = { ...item.max, ...item.default };
    item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
    if (Object.keys(item.default).length === 0) delete item.default;
    if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
  }
}

export function defaultRoleBinding(binding: { roleRef: RoleRef; subjects?: Subject[] }): void {
  if (binding.roleRef !== undefined) binding.roleRef.apiGroup ||= rbacGroup;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}
