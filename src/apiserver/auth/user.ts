/** Who makes a request, as authentication found out (`k8s.io/apiserver/pkg/authentication/user`). */
export interface UserInfo {
  name: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export const systemMasters = 'system:masters';
export const allAuthenticated = 'system:authenticated';
export const allUnauthenticated = 'system:unauthenticated';
export const nodesGroup = 'system:nodes';
export const nodeUserPrefix = 'system:node:';
export const serviceAccountsGroup = 'system:serviceaccounts';
export const serviceAccountUserPrefix = 'system:serviceaccount:';

/** Extra keys of service-account users, and the one that every credential sets. */
export const podNameExtra = 'authentication.kubernetes.io/pod-name';
export const podUidExtra = 'authentication.kubernetes.io/pod-uid';
export const nodeNameExtra = 'authentication.kubernetes.io/node-name';
export const nodeUidExtra = 'authentication.kubernetes.io/node-uid';
export const credentialIdExtra = 'authentication.kubernetes.io/credential-id';

/** The loopback user: what runs inside the server process acts as this one. */
export const loopbackUser: UserInfo = { name: 'system:apiserver', groups: [systemMasters, allAuthenticated] };
export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: [allUnauthenticated] };

export const serviceAccountUserName = (namespace: string, name: string): string => `${serviceAccountUserPrefix}${namespace}:${name}`;

/** `system:serviceaccount:ns:name` taken apart; undefined for any other user name. */
export function splitServiceAccountUserName(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(serviceAccountUserPrefix)) return undefined;
  const parts = userName.slice(serviceAccountUserPrefix.length).split(':');
  const [namespace, name] = parts;
  return parts.length === 2 && namespace && name ? { namespace, name } : undefined;
}

/** The node's name when `user` is a kubelet (user `system:node:NAME` in group `system:nodes`). */
export const nodeNameOf = (user: UserInfo): string | undefined =>
  user.groups.includes(nodesGroup) && user.name.startsWith(nodeUserPrefix) ? user.name.slice(nodeUserPrefix.length) : undefined;
