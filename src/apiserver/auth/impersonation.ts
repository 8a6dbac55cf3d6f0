import { ApiError } from '../../api/status.ts';
import { type Authorizer, forbidden, type ResourceAttributes } from './attributes.ts';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousUser,
  serviceAccountsGroup,
  splitServiceAccountUserName,
  type UserInfo,
} from './user.ts';

const impersonators = new WeakMap<UserInfo, UserInfo>();

/** Who really sent a request that is handled as `user`'s; undefined where that is `user`. */
export const impersonatorOf = (user: UserInfo): UserInfo | undefined => impersonators.get(user);

const extraPrefix = 'impersonate-extra-';

/** Whether a request has any impersonation header. */
export function asksToImpersonate(headers: Record<string, unknown>): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

/** A key that is not properly escaped is taken as it is. */
const unescapeKey = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
};

/**
 * The user a request asks to act as, once `user` has been allowed to be them (upstream: `endpoints/filters/impersonation.go`).
 * Without impersonation headers, `user`. Throws 403 where a part is not allowed, 500 (as upstream) for groups or extras without a user.
 */
export async function impersonate(headers: NodeJS.Dict<string[]>, user: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const name = headers['impersonate-user']?.[0] ?? '';
  const uid = headers['impersonate-uid']?.[0] ?? '';
  const groups = headers['impersonate-group'] ?? [];
  const extra: Record<string, string[]> = {};
  for (const [header, values = []] of Object.entries(headers)) {
    if (header.startsWith(extraPrefix)) extra[unescapeKey(header.slice(extraPrefix.length))] = values;
  }
  const asked = groups.length > 0 || uid !== '' || Object.keys(extra).length > 0;
  if (name === '') {
    if (!asked) return user;
    throw new ApiError('InternalError', `requested ${JSON.stringify({ groups, uid, extra })} without impersonating a user`);
  }

  const check = async (group: string, resource: string, subresource: string, namespace: string, subject: string): Promise<void> => {
    const attributes: ResourceAttributes = {
      user,
      verb: 'impersonate',
      group,
      version: 'v1',
      resource,
      subresource,
      namespace,
      name: subject,
    };
    const decision = await authorizer.authorize(attributes);
    if (!decision.allowed) throw forbidden(attributes, decision.reason);
  };
  const account = splitServiceAccountUserName(name);
  if (account === undefined) await check('', 'users', '', '', name);
  else await check('', 'serviceaccounts', '', account.namespace, account.name);
  for (const group of groups) await check('', 'groups', '', '', group);
  if (uid !== '') await check('authentication.k8s.io', 'uids', '', '', uid);
  for (const [key, all] of Object.entries(extra))
    for (const value of all) await check('authentication.k8s.io', 'userextras', key, '', value);

  const effective =
    groups.length > 0 || account === undefined ? [...groups] : [serviceAccountsGroup, `${serviceAccountsGroup}:${account.namespace}`];
  const everyone = name === anonymousUser.name ? allUnauthenticated : allAuthenticated;
  if (!effective.includes(allAuthenticated) && !effective.includes(allUnauthenticated)) effective.push(everyone);
  const acting: UserInfo = {
    name,
    groups: effective,
    ...(uid === '' ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  impersonators.set(acting, user);
  return acting;
}
