import { type AccessAnswer, type AccessQuestion, type AskAccess, celAuthorizer } from '../../../api/cel/admission/authorizer.ts';
import { type AdmissionProgram, requestValue } from '../../../api/cel/admission/environment.ts';
import { type CelBudget, CelFailure, runtimeBudget } from '../../../api/cel/compile.ts';
import { dynamicValue } from '../../../api/cel/values.ts';
import type { KubeObject } from '../../../api/object.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Authorizer } from '../../auth/attributes.ts';
import { allAuthenticated, serviceAccountsGroup, serviceAccountUserName, type UserInfo } from '../../auth/user.ts';
import type { Resource } from '../../resources.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { requestPart } from '../webhook/review.ts';

/** What expressions about one request see; variables of a policy and parameters of a binding are added to it. */
export interface Evaluation {
  /** CEL values by name. */
  readonly values: Record<string, unknown>;
  readonly budget: CelBudget;
  /** Runs an expression. Throws {@link CelFailure}. */
  evaluate(program: AdmissionProgram, more?: Record<string, unknown>): Promise<unknown>;
}

export interface Seen {
  resource: Resource;
  object: KubeObject | undefined;
  oldObject: KubeObject | undefined;
}

/** `requested` is the resource as the path named it, `seen` the form in which expressions get the objects. */
export function evaluationOf(attributes: AdmissionAttributes, seen: Seen, requested: Resource, authorizer: Authorizer): Evaluation {
  const { group, plural } = attributes.kind;
  const access = accessOf(authorizer, attributes.user);
  const values: Record<string, unknown> = {
    object: dynamicValue(seen.object ?? null),
    oldObject: dynamicValue(seen.oldObject ?? null),
    // Policies have the namespace; webhooks may name it, in vain.
    namespaceObject: null,
    request: requestValue(requestPart(attributes, seen, requested)),
    authorizer: celAuthorizer(access.ask, {
      group,
      resource: plural,
      subresource: attributes.subresource,
      namespace: attributes.namespace,
      name: attributes.name,
    }),
  };
  const budget: CelBudget = { left: runtimeBudget };
  return {
    values,
    budget,
    async evaluate(program, more) {
      const all = more === undefined ? values : { ...values, ...more };
      for (;;) {
        try {
          return program.evaluate(all, budget);
        } catch (thrown) {
          // An expression cannot wait: what it asked is found out, then it starts over with the answers at hand.
          if (!(await access.settle())) throw thrown;
        }
      }
    },
  };
}

function accessOf(authorizer: Authorizer, user: UserInfo): { ask: AskAccess; settle(): Promise<boolean> } {
  const answers = new Map<string, AccessAnswer>();
  const open = new Map<string, AccessQuestion>();
  return {
    ask(question) {
      const key = JSON.stringify(question);
      const answer = answers.get(key);
      if (answer !== undefined) return answer;
      open.set(key, question);
      throw new CelFailure('error', 'not decided yet');
    },
    async settle() {
      if (open.size === 0) return false;
      for (const [key, question] of open) answers.set(key, await decide(authorizer, user, question));
      open.clear();
      return true;
    },
  };
}

async function decide(authorizer: Authorizer, own: UserInfo, question: AccessQuestion): Promise<AccessAnswer> {
  const { serviceAccount, verb, path, group, resource, subresource, namespace, name } = question;
  const user = serviceAccount === undefined ? own : accountUser(serviceAccount);
  try {
    return await authorizer.authorize(
      path === undefined ? { user, verb, group, version: '*', resource, subresource, namespace, name } : { user, verb, path },
    );
  } catch (thrown) {
    return { allowed: false, reason: '', error: messageOf(thrown) };
  }
}

const accountUser = ({ namespace, name }: { namespace: string; name: string }): UserInfo => ({
  name: serviceAccountUserName(namespace, name),
  groups: [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`, allAuthenticated],
});

/** The text that goes with an expression which failed. */
export const evaluationError = ({ expression }: AdmissionProgram, thrown: unknown): string =>
  `expression '${expression}' resulted in error: ${messageOf(thrown)}`;
