import { type FieldRequirement, fieldRequirements } from '../../api/fields.ts';
import type { RequestInfo } from '../paths.ts';
import { type AuthorizationAttributes, type Authorizer, forbidden } from './attributes.ts';
import { systemMasters, type UserInfo } from './user.ts';

/** What authorization is asked about a parsed request. */
export const attributesOf = (info: RequestInfo, user: UserInfo): AuthorizationAttributes =>
  info.isResource
    ? {
        user,
        verb: info.verb,
        group: info.group,
        version: info.version,
        resource: info.resource,
        subresource: info.subresource,
        namespace: info.namespace,
        name: info.name,
        ...(info.fieldSelector === '' ? {} : { fields: understood(info.fieldSelector) }),
      }
    : { user, verb: info.verb, path: info.path };

/** A selector that is none is found by the list itself. */
function understood(selector: string): FieldRequirement[] {
  try {
    return fieldRequirements(selector);
  } catch {
    return [];
  }
}

/** Throws the 403 when `user` may not. */
export async function checkAccess(authorizer: Authorizer, info: RequestInfo, user: UserInfo): Promise<void> {
  if (user.groups.includes(systemMasters)) return;
  const attributes = attributesOf(info, user);
  const { allowed, reason } = await authorizer.authorize(attributes);
  if (!allowed) throw forbidden(attributes, reason);
}
