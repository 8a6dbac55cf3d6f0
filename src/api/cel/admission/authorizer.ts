import type { Environment } from '@marcbachmann/cel-js';

/** One question to the authorizer, as a record and as a text that is the same for the same question. */
export interface AccessQuestion {
  /** `undefined`: the request's own user. */
  serviceAccount: { namespace: string; name: string } | undefined;
  verb: string;
  path: string | undefined;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  fieldSelector: string;
  labelSelector: string;
}

export interface AccessAnswer {
  allowed: boolean;
  reason: string;
  error?: string;
}

/** Answers at once or throws; the thrower sees to it that the answer is there the next time. */
export type AskAccess = (question: AccessQuestion) => AccessAnswer;

type Question = Omit<AccessQuestion, 'verb'>;
const anything: Question = {
  serviceAccount: undefined,
  path: undefined,
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
};

// CEL types are told apart by their constructors.
class Access {
  readonly ask: AskAccess;
  readonly question: Question;
  requestResource: ResourceCheck | undefined;
  constructor(ask: AskAccess, question: Question) {
    this.ask = ask;
    this.question = question;
  }
}
class PathCheck extends Access {}
class GroupCheck extends Access {}
class ResourceCheck extends Access {}
class Decision {
  readonly answer: AccessAnswer;
  constructor(answer: AccessAnswer) {
    this.answer = answer;
  }
}

/** The value of variable `authorizer`; `request` is what `authorizer.requestResource` asks about. */
export function celAuthorizer(ask: AskAccess, request: Partial<Question>): object {
  const access = new Access(ask, anything);
  access.requestResource = new ResourceCheck(ask, { ...anything, ...request });
  return access;
}

const type = {
  authorizer: 'kubernetes.authorization.Authorizer',
  path: 'kubernetes.authorization.PathCheck',
  group: 'kubernetes.authorization.GroupCheck',
  resource: 'kubernetes.authorization.ResourceCheck',
  decision: 'kubernetes.authorization.Decision',
};

/** Kubernetes' authorizer library (apiserver/pkg/cel/library/authz.go). */
export function registerAuthorizer(environment: Environment): Environment {
  const narrowed = (key: keyof Question) => (check: ResourceCheck, value: string) =>
    new ResourceCheck(check.ask, { ...check.question, [key]: value });
  const check = ({ ask, question }: Access, verb: string): Decision => new Decision(ask({ ...question, verb }));
  for (const [name, ctor, fields] of [
    [type.resource, ResourceCheck, {}],
    [type.path, PathCheck, {}],
    [type.group, GroupCheck, {}],
    [type.decision, Decision, {}],
    [type.authorizer, Access, { requestResource: type.resource }],
  ] as const) {
    environment.registerType(name, { ctor, fields } as never);
  }
  environment
    .registerFunction(`${type.authorizer}.path(string): ${type.path}`, ({ ask, question }: Access, path: string) => {
      if (path === '') throw new TypeError('path must not be empty');
      return new PathCheck(ask, { ...question, path });
    })
    .registerFunction(
      `${type.authorizer}.group(string): ${type.group}`,
      ({ ask, question }: Access, group: string) => new GroupCheck(ask, { ...question, group }),
    )
    .registerFunction(
      `${type.authorizer}.serviceAccount(string, string): ${type.authorizer}`,
      ({ ask }: Access, namespace: string, name: string) => new Access(ask, { ...anything, serviceAccount: { namespace, name } }),
    )
    .registerFunction(
      `${type.group}.resource(string): ${type.resource}`,
      ({ ask, question }: Access, resource: string) => new ResourceCheck(ask, { ...question, resource }),
    )
    .registerFunction(`${type.path}.check(string): ${type.decision}`, check)
    .registerFunction(`${type.resource}.check(string): ${type.decision}`, check)
    .registerFunction(`${type.decision}.allowed(): bool`, ({ answer }: Decision) => answer.allowed)
    .registerFunction(`${type.decision}.reason(): string`, ({ answer }: Decision) => answer.reason)
    .registerFunction(`${type.decision}.errored(): bool`, ({ answer }: Decision) => answer.error !== undefined)
    .registerFunction(`${type.decision}.error(): string`, ({ answer }: Decision) => answer.error ?? '');
  for (const key of ['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const) {
    environment.registerFunction(`${type.resource}.${key}(string): ${type.resource}`, narrowed(key));
  }
  return environment;
}
