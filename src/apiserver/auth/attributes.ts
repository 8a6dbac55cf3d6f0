import type { FieldRequirement } from '../../api/fields.ts';
import { ApiError } from '../../api/status.ts';
import type { UserInfo } from './user.ts';

/** What authorization decides on: a request for a resource (or subresource), or for a plain path. */
export type AuthorizationAttributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  user: UserInfo;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or one of the special verbs. */
  verb: string;
  group: string;
  version: string;
  /** The plural. */
  resource: string;
  /** Empty for the resource itself. */
  subresource: string;
  /** Empty for cluster-scoped resources and for requests over all namespaces. */
  namespace: string;
  /** Empty where the request names no single object. */
  name: string;
  /** What the objects asked for must have in their fields, as far as it is understood; all must hold. */
  fields?: readonly FieldRequirement[];
  path?: undefined;
}

export interface PathAttributes {
  user: UserInfo;
  /** The HTTP method in lower case. */
  verb: string;
  path: string;
}

export interface Decision {
  allowed: boolean;
  reason: string;
}

/** Answers whether a request may go on. Never throws for a refusal. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Promise<Decision>;
}

/** `pods` or `pods/log`. */
export const resourceWithSubresource = (attributes: ResourceAttributes): string =>
  attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;

/** The refusal in words, as `k8s.io/apiserver`'s responsewriters write it. */
export function forbiddenMessage(attributes: AuthorizationAttributes): string {
  const user = JSON.stringify(attributes.user.name);
  if (attributes.path !== undefined) return `User ${user} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
  const scope = attributes.namespace === '' ? ' at the cluster scope' : ` in the namespace ${JSON.stringify(attributes.namespace)}`;
  const resource = JSON.stringify(resourceWithSubresource(attributes));
  return `User ${user} cannot ${attributes.verb} resource ${resource} in API group ${JSON.stringify(attributes.group)}${scope}`;
}

/** The 403 for a refused request; `reason` is the authorizer's and is appended where there is one. */
export function forbidden(attributes: AuthorizationAttributes, reason = ''): ApiError {
  const suffix = reason === '' ? '' : `: ${reason}`;
  if (attributes.path !== undefined) {
    return new ApiError('Forbidden', `forbidden: ${forbiddenMessage(attributes)}${suffix}`, {});
  }
  const qualified = attributes.group === '' ? attributes.resource : `${attributes.resource}.${attributes.group}`;
  const subject = attributes.name === '' ? qualified : `${qualified} ${JSON.stringify(attributes.name)}`;
  return new ApiError('Forbidden', `${subject} is forbidden: ${forbiddenMessage(attributes)}${suffix}`, {
    ...(attributes.name === '' ? {} : { name: attributes.name }),
    ...(attributes.group === '' ? {} : { group: attributes.group }),
    kind: attributes.resource,
  });
}
