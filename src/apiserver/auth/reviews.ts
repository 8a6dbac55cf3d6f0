import { ApiError } from '../../api/status.ts';
import type { SelfSubjectReview, TokenReview } from '../../api/types/authentication-v1.ts';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '../../api/types/authorization-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import { type FieldError, invalid, toInvalid } from '../../api/validation/field-error.ts';
import type { Clock } from '../../util/clock.ts';
import { timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { AuthorizationAttributes, Authorizer } from './attributes.ts';
import { withAuthenticated } from './authenticator.ts';
import type { Rbac } from './rbac.ts';
import { selectorErrors, selectorsOf } from './review-selectors.ts';
import type { Tokens } from './tokens.ts';
import type { UserInfo } from './user.ts';

/** The kinds that are answered and never stored. Each function takes what was posted and returns it with its status. */

export async function reviewToken(review: TokenReview, tokens: Tokens): Promise<TokenReview> {
  const { token, audiences } = review.spec;
  if (token === '') throw new ApiError('BadRequest', 'token is required for TokenReview in authentication');
  try {
    const verified = await tokens.verify(token, audiences);
    if (verified === undefined) return { ...review, status: { user: {}, error: 'invalid bearer token' } };
    return {
      ...review,
      status: {
        authenticated: true,
        user: wireUser({ ...verified.user, groups: withAuthenticated(verified.user.groups) }),
        audiences: verified.audiences,
      },
    };
  } catch (error) {
    return { ...review, status: { user: {}, error: messageOf(error) } };
  }
}

export const reviewSelf = (review: SelfSubjectReview, user: UserInfo, clock: Clock): SelfSubjectReview => ({
  ...review,
  metadata: { creationTimestamp: timestamp(clock) },
  status: { userInfo: wireUser(user) },
});

export async function reviewSelfAccess(
  review: SelfSubjectAccessReview,
  user: UserInfo,
  authorizer: Authorizer,
): Promise<SelfSubjectAccessReview> {
  return { ...review, status: await decide(review.spec, user, authorizer, 'SelfSubjectAccessReview', review.metadata) };
}

export async function reviewAccess(review: SubjectAccessReview, authorizer: Authorizer): Promise<SubjectAccessReview> {
  return { ...review, status: await decide(review.spec, subjectOf(review.spec), authorizer, 'SubjectAccessReview', review.metadata) };
}

/** The review has the namespace of its path, and so must what it asks about. */
export async function reviewLocalAccess(review: LocalSubjectAccessReview, authorizer: Authorizer): Promise<LocalSubjectAccessReview> {
  return { ...review, status: await decide(review.spec, subjectOf(review.spec), authorizer, 'LocalSubjectAccessReview', review.metadata) };
}

/** `kubectl auth can-i --list`: what RBAC grants; that `system:masters` may do all is no rule (upstream: NewPrivilegedGroups). */
export function reviewRules(review: SelfSubjectRulesReview, user: UserInfo, rbac: Rbac): SelfSubjectRulesReview {
  const namespace = review.spec.namespace ?? '';
  if (namespace === '') throw new ApiError('BadRequest', 'no namespace on request');
  const { rules, errors } = rbac.rulesFor(user, namespace);
  // Upstream answers without what was asked.
  return {
    ...review,
    spec: {},
    status: {
      resourceRules: rules.filter(isResourceRule).map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups: apiGroups ?? [],
        resources: resources ?? [],
        ...(resourceNames === undefined ? {} : { resourceNames }),
      })),
      nonResourceRules: rules
        .filter((rule) => !isResourceRule(rule))
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs: nonResourceURLs ?? [] })),
      incomplete: errors.length > 0,
      ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
    },
  };
}

const isResourceRule = (rule: PolicyRule): boolean => (rule.resources?.length ?? 0) > 0;

const subjectOf = ({ user = '', uid, groups = [], extra }: SubjectAccessReviewSpec): UserInfo => ({
  name: user,
  groups,
  ...(uid === undefined ? {} : { uid }),
  ...(extra === undefined ? {} : { extra }),
});

async function decide(
  spec: Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>,
  user: UserInfo,
  authorizer: Authorizer,
  kind: string,
  metadata: ObjectMeta,
): Promise<SubjectAccessReviewStatus> {
  const attributes = attributesFrom(spec, user, kind, metadata);
  const { fields, ignored } = selectorsOf(spec.resourceAttributes ?? {});
  const { allowed, reason } = await authorizer.authorize(
    attributes.path === undefined && fields !== undefined ? { ...attributes, fields } : attributes,
  );
  return {
    allowed,
    ...(reason === '' ? {} : { reason }),
    ...(ignored.length === 0 ? {} : { evaluationError: ignored.join('; ') }),
  };
}

function attributesFrom(
  { resourceAttributes, nonResourceAttributes }: Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>,
  user: UserInfo,
  kind: string,
  metadata: ObjectMeta,
): AuthorizationAttributes {
  const errors: FieldError[] = [];
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const text = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, text));
  } else if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const text = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', undefined, text));
  }
  if (user.name === '' && user.groups.length === 0)
    errors.push(invalid('spec.user', '', 'at least one of user or group must be specified'));
  errors.push(...selectorErrors(resourceAttributes ?? {}));
  const { managedFields: _, namespace: own, ...said } = metadata;
  const local = kind === 'LocalSubjectAccessReview';
  if (Object.keys(said).length > 0 || (own !== undefined && !local)) {
    errors.push(invalid('metadata', metadata, local ? 'must be empty except for namespace' : 'must be empty'));
  }
  if (local) errors.push(...outsideOf(own ?? '', resourceAttributes && (resourceAttributes.namespace ?? ''), nonResourceAttributes));
  if (errors.length > 0) throw toInvalid({ group: 'authorization.k8s.io', kind }, '', errors);
  if (nonResourceAttributes !== undefined) {
    return { user, verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' };
  }
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes ?? {};
  return { user, verb, group, version, resource, subresource, namespace, name };
}

/** What a local review may not ask about. */
function* outsideOf(
  namespace: string,
  asked: string | undefined,
  nonResourceAttributes: SubjectAccessReviewSpec['nonResourceAttributes'],
): Iterable<FieldError> {
  if (asked !== undefined && asked !== namespace) {
    yield invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace');
  }
  if (nonResourceAttributes !== undefined) {
    yield invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request');
  }
}

const wireUser = ({ name, uid, groups, extra }: UserInfo) => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});
