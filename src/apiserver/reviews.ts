import { recordCreate } from '../api/apply/record.ts';
import { fillAlwaysWritten } from '../api/defaults/always-written.ts';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { LocalSubjectAccessReview } from '../api/types/authorization-v1.ts';
import { reviewAccess, reviewLocalAccess, reviewRules, reviewSelf, reviewSelfAccess, reviewToken } from './auth/reviews.ts';
import type { Operation } from './handle.ts';
import type { Identity } from './identity.ts';
import { decodeBody, matchNamespace } from './rest/body.ts';
import type { Call } from './rest/call.ts';
import { managerOf } from './rest/manager.ts';

/** Those whose answer is the review itself, and so has a record of who asked. */
const recorded = new Set<Kind>([
  kinds.TokenReview,
  kinds.SubjectAccessReview,
  kinds.SelfSubjectAccessReview,
  kinds.LocalSubjectAccessReview,
]);

/** The kinds that are answered and never stored, by plural. */
export function reviewOperations({ authorizer, tokens, rbac }: Identity): Record<string, Operation> {
  const answered =
    (answer: (call: Call, body: never) => Promise<unknown> | unknown): Operation =>
    async (call) => {
      const body = decodeBody<KubeObject & { spec?: { token?: string } }>(call);
      // Whatever is asked of may be left out; the answers say what is missing.
      body.spec ??= {};
      if (call.resource.kind.plural === kinds.TokenReview.plural) body.spec.token ??= '';
      fillAlwaysWritten(call.resource.kind, body);
      if (recorded.has(call.resource.kind)) recordCreate(call.resource.kind, body, managerOf(call));
      return { status: 201, body: { kind: 'object', value: await answer(call, body as never) } };
    };
  return {
    [kinds.TokenReview.plural]: answered((_call, body) => reviewToken(body, tokens)),
    [kinds.SelfSubjectReview.plural]: answered((call, body) => reviewSelf(body, call.user, call.rest.clock)),
    [kinds.SubjectAccessReview.plural]: answered((_call, body) => reviewAccess(body, authorizer)),
    [kinds.SelfSubjectAccessReview.plural]: answered((call, body) => reviewSelfAccess(body, call.user, authorizer)),
    [kinds.LocalSubjectAccessReview.plural]: answered((call, body: LocalSubjectAccessReview) => {
      matchNamespace(call, body);
      return reviewLocalAccess(body, authorizer);
    }),
    [kinds.SelfSubjectRulesReview.plural]: answered((call, body) => reviewRules(body, call.user, rbac())),
  };
}
