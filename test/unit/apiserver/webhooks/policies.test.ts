import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serviceAccountsGroup } from '../../../../src/apiserver/auth/user.ts';
import { configMap, configMaps, pod, pods, type Server, startServer } from '../fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: specs are written as in YAML
type Loose = any;

let server: Server;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.server.close());

const apiVersion = 'admissionregistration.k8s.io/v1';
const group = `/apis/${apiVersion}`;
const rules = (...resources: string[]): Loose => ({
  resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: ['*'], apiVersions: ['*'], resources }],
});
async function apply(path: string, kind: string, name: string, spec: Loose): Promise<Loose> {
  const { status, body } = await server.post(`${group}/${path}`, { apiVersion, kind, metadata: { name }, spec });
  if (status !== 201) throw new Error(body.message);
  return body;
}
async function validating(spec: Loose, binding: Loose = {}, name = 'p'): Promise<void> {
  await apply('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', name, { matchConstraints: rules('configmaps', 'pods'), ...spec });
  await apply('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', `${name}-b`, {
    policyName: name,
    validationActions: ['Deny'],
    ...binding,
  });
}
async function mutating(spec: Loose, binding: Loose = {}, name = 'm'): Promise<void> {
  await apply('mutatingadmissionpolicies', 'MutatingAdmissionPolicy', name, { matchConstraints: rules('configmaps', 'pods'), ...spec });
  await apply('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', `${name}-b`, { policyName: name, ...binding });
}
const prefix = `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: `;
const expressions = (...list: string[]): Loose => ({ validations: list.map((expression) => ({ expression })) });
const create = (data: Record<string, string> = { a: '1' }, labels = {}) =>
  server.post(configMaps, configMap('x', { data, metadata: { labels } }));

describe('a validating policy', () => {
  const rows: [string, Loose, number, string, string][] = [
    ['names the expression', expressions('object.data.a == "2"'), 422, 'Invalid', 'failed expression: object.data.a == "2"'],
    ['has a message', { validations: [{ expression: 'false', message: 'no way' }] }, 422, 'Invalid', 'no way'],
    ['has a reason', { validations: [{ expression: 'false', message: 'no', reason: 'Forbidden' }] }, 403, 'Forbidden', 'no'],
    [
      'computes its message',
      { validations: [{ expression: 'false', messageExpression: '"a is " + object.data.a' }] },
      422,
      'Invalid',
      'a is 1',
    ],
    [
      'falls back from a message that cannot be computed',
      { validations: [{ expression: 'false', message: 'plain', messageExpression: 'string(object.data.nope)' }] },
      422,
      'Invalid',
      'plain',
    ],
    [
      'cannot be evaluated',
      expressions('object.data.nope == "1"'),
      422,
      'Invalid',
      `expression 'object.data.nope == "1"' resulted in error: no such key: nope`,
    ],
    [
      'uses variables, of which one uses another',
      {
        variables: [
          { name: 'one', expression: 'int(object.data.a)' },
          { name: 'two', expression: 'variables.one + 1' },
        ],
        validations: [{ expression: 'variables.two > 5', messageExpression: 'string(variables.two)' }],
      },
      422,
      'Invalid',
      '2',
    ],
    [
      'uses a variable that fails',
      { variables: [{ name: 'v', expression: 'object.data.nope' }], ...expressions('variables.v == "1"') },
      422,
      'Invalid',
      `expression 'variables.v == "1"' resulted in error: composited variable "v" fails to evaluate: expression 'object.data.nope' resulted in error: no such key: nope`,
    ],
    [
      'sees the namespace',
      { validations: [{ expression: 'namespaceObject.metadata.name != "default"', message: 'ns' }] },
      422,
      'Invalid',
      'ns',
    ],
    ['sees the request', { validations: [{ expression: 'request.operation != "CREATE"', message: 'op' }] }, 422, 'Invalid', 'op'],
    [
      'asks the authorizer',
      { validations: [{ expression: '!authorizer.group("").resource("pods").check("get").allowed()', message: 'may' }] },
      422,
      'Invalid',
      'may',
    ],
  ];
  it.each(rows)('refuses when it %s', async (_name, spec, code, reason, message) => {
    await validating(spec);
    const { status, body } = await create();
    expect([status, body.reason, body.message]).toEqual([code, reason, prefix + message]);
    expect(body.details.causes[0].message).toBe(body.message.replace('configmaps "x" is forbidden: ', ''));
  });

  const passes: [string, Loose, Loose][] = [
    ['it holds', expressions('object.data.a == "1"', 'oldObject == null'), {}],
    ['a match condition does not', { matchConditions: [{ name: 'c', expression: 'object.data.a == "7"' }], ...expressions('false') }, {}],
    ['it cannot be evaluated and is to be ignored', { failurePolicy: 'Ignore', ...expressions('object.data.nope == "1"') }, {}],
    ['it is for other resources', { matchConstraints: rules('secrets'), ...expressions('false') }, {}],
    [
      'its binding is for other namespaces',
      expressions('false'),
      { matchResources: { namespaceSelector: { matchLabels: { team: 'x' } } } },
    ],
    [
      'its constraints leave the object out',
      { matchConstraints: { ...rules('configmaps'), objectSelector: { matchLabels: { team: 'x' } } }, ...expressions('false') },
      {},
    ],
    ['it only audits', expressions('false'), { validationActions: ['Audit'] }],
  ];
  it.each(passes)('lets pass when %s', async (_name, spec, binding) => {
    await validating(spec, binding);
    expect((await create()).status).toBe(201);
  });

  it('warns where it is told to', async () => {
    await validating({ validations: [{ expression: 'false', message: 'hm' }] }, { validationActions: ['Warn'] });
    const { status, headers } = await create();
    expect(status).toBe(201);
    expect(headers['warning']).toEqual([`299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': hm"`]);
  });

  it('does nothing without a binding', async () => {
    await apply('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'p', {
      matchConstraints: rules('configmaps'),
      ...expressions('false'),
    });
    expect((await create()).status).toBe(201);
  });

  it('is over with its binding', async () => {
    await validating(expressions('false'));
    expect((await create()).status).toBe(422);
    await server.call('DELETE', `${group}/validatingadmissionpolicybindings/p-b`);
    expect((await create()).status).toBe(201);
  });

  it('asks the authorizer about the user', async () => {
    const robot = { name: 'system:serviceaccount:default:robot', groups: [serviceAccountsGroup, 'system:authenticated'] };
    await server.post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'maker' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
    });
    await server.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'maker' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'maker' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
    });
    await validating({ validations: [{ expression: 'authorizer.requestResource.check("bless").allowed()', message: 'unblessed' }] });
    const { body } = await server.call('POST', configMaps, configMap('x'), { user: robot });
    expect(body.message).toBe(`${prefix}unblessed`);
    expect((await create()).status).toBe(201);
  });
});

describe('parameters of a policy', () => {
  const spec: Loose = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConstraints: rules('pods'),
    validations: [
      {
        expression: 'params == null || object.metadata.name.startsWith(params.data.prefix)',
        messageExpression: '"not " + params.data.prefix',
      },
    ],
  };
  const refused = (message: string): string =>
    `pods "p" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: ${message}`;
  const make = (name: string, value: string) =>
    server.post(configMaps, configMap(name, { data: { prefix: value }, metadata: { labels: { rule: 'yes' } } }));

  it('are found by name in the namespace of the request', async () => {
    await make('limits', 'q');
    await validating(spec, { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } });
    expect((await server.post(pods, pod('p'))).body.message).toBe(refused('not q'));
    expect((await server.post(pods, pod('q'))).status).toBe(201);
  });

  it('are found by selector, and all of them count', async () => {
    await make('one', 'p');
    await make('two', 'pq');
    await validating(spec, { paramRef: { selector: { matchLabels: { rule: 'yes' } }, parameterNotFoundAction: 'Deny' } });
    expect((await server.post(pods, pod('p'))).body.message).toBe(refused('not pq'));
    expect((await server.post(pods, pod('pqr'))).status).toBe(201);
  });

  it.each([
    ['Allow', 201, undefined],
    ['Deny', 422, refused('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction')],
  ])('that are missing: %s', async (parameterNotFoundAction, code, message) => {
    await validating(spec, { paramRef: { name: 'limits', parameterNotFoundAction } });
    const { status, body } = await server.post(pods, pod('p'));
    expect([status, body.message]).toEqual([code, message]);
  });
});

describe('a mutating policy', () => {
  const config = (expression: string): Loose => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
  const jsonPatch = (expression: string): Loose => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

  it('lays a configuration over the object, list items by their keys', async () => {
    await mutating({
      mutations: [
        config('Object{metadata: Object.metadata{labels: {"made": "by policy"[0:2]}}}'.replace('"by policy"[0:2]', '"policy"')),
        config('Object{spec: Object.spec{containers: [Object.spec.containers{name: "sidecar", image: "proxy"}]}}'),
        config(
          'Object{spec: Object.spec{containers: [Object.spec.containers{name: "c", workingDir: object.spec.containers.size() == 2 ? "/two" : "/one"}]}}',
        ),
      ],
    });
    const { body } = await server.post(pods, pod('p'));
    expect(body.metadata.labels).toEqual({ made: 'policy' });
    expect(body.spec.containers).toMatchObject([
      { name: 'c', image: 'nginx', workingDir: '/two' },
      { name: 'sidecar', image: 'proxy', imagePullPolicy: 'Always' },
    ]);
  });

  it('patches with JSON Patch', async () => {
    await mutating({
      mutations: [
        jsonPatch(
          '[JSONPatch{op: "test", path: "/data/a", value: "1"}, JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("b"), value: "2"}]',
        ),
        jsonPatch('has(object.data.b) ? [JSONPatch{op: "remove", path: "/data/a"}] : []'),
      ],
    });
    expect((await create()).body.data).toEqual({ b: '2' });
  });

  it('is seen by validating ones', async () => {
    await mutating({ mutations: [config('Object{data: {"b": "x"}}')] });
    await validating({ validations: [{ expression: '!("b" in object.data)', message: 'saw b' }] });
    expect((await create()).body.message).toBe(`${prefix}saw b`);
  });

  it('is called again after others when it asks for it', async () => {
    await mutating({ reinvocationPolicy: 'IfNeeded', mutations: [config('Object{data: {"seen": string(object.data.size())}}')] }, {}, 'a');
    await mutating({ mutations: [config('Object{data: {"late": "yes"}}')] }, {}, 'b');
    expect((await create()).body.data).toEqual({ a: '1', seen: '3', late: 'yes' });
  });

  const refusals: [string, Loose, string][] = [
    [
      'cannot be evaluated',
      config('Object{data: {"b": object.data.nope}}'),
      `expression 'Object{data: {"b": object.data.nope}}' resulted in error: no such key: nope`,
    ],
    [
      'has an operation that does not apply',
      jsonPatch('[JSONPatch{op: "remove", path: "/data/none"}]'),
      "JSONPath: error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value",
    ],
    [
      'names a type that is not that of the field',
      config('Object{metadata: Object.meta{name: "y"}}'),
      'type mismatch: unexpected type name "Object.meta", expected "Object.metadata", which matches field name path from root Object type',
    ],
    [
      'sets what the kind does not have',
      config('Object{spec: Object.spec{n: 1}}'),
      'error applying patch: failed to convert patch object to typed object: .spec: field not declared in schema',
    ],
  ];
  it.each(refusals)('refuses when it %s', async (_name, mutation, text) => {
    await mutating({ mutations: [mutation] });
    const { status, body } = await create();
    const message = `policy 'm' with binding 'm-b' denied request: ${text}`;
    expect([status, body.reason, body.message, body.details.causes]).toEqual([403, 'Invalid', message, [{ message }]]);
  });

  it('leaves alone what a test says is otherwise; replaces what is not there', async () => {
    const tested = '[JSONPatch{op: "test", path: "/data/a", value: "2"}, JSONPatch{op: "remove", path: "/data/a"}]';
    await mutating({ mutations: [jsonPatch(tested), jsonPatch('[JSONPatch{op: "replace", path: "/data/b", value: "2"}]')] });
    expect((await create()).body.data).toEqual({ a: '1', b: '2' });
  });

  it('fails where a patch makes what the kind does not have', async () => {
    await mutating({ mutations: [jsonPatch('[JSONPatch{op: "add", path: "/nope", value: "2"}]')] });
    const { status, body } = await create();
    expect([status, body.message]).toEqual([500, 'Internal error occurred: strict decoding error: unknown field "nope"']);
  });

  it('passes over what fails when it is to be ignored', async () => {
    await mutating({ failurePolicy: 'Ignore', mutations: [config('Object{data: {"b": object.data.nope}}')] });
    expect((await create()).body.data).toEqual({ a: '1' });
  });

  it('may not replace lists that are owned whole', async () => {
    await mutating({ mutations: [config('Object{spec: Object.spec{containers: [Object.spec.containers{name: "c", command: ["x"]}]}}')] });
    expect((await server.post(pods, pod('p'))).body.message).toContain(
      'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].command',
    );
  });
});

it('a policy for what is in no namespace sees none', async () => {
  const matchConstraints = rules('namespaces');
  const expression = 'namespaceObject == null && request.operation == "CREATE" && !has(request.namespace) && oldObject == null';
  await validating({ matchConstraints, validations: [{ expression }] });
  expect((await server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })).status).toBe(201);
});

it('a rule over several lines needs no message', async () => {
  await validating({ validations: [{ expression: 'has(object.data) &&\n!("a" in object.data)' }] });
  expect((await create()).body.message).toBe(`${prefix}failed expression: has(object.data) &&\n!("a" in object.data)`);
});

describe('a policy that makes no sense is refused', () => {
  const base = { matchConstraints: rules('pods') };
  const rows: [string, Loose, string][] = [
    [
      'a syntax error',
      { ...base, ...expressions('object.') },
      'spec.validations[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:8: Syntax error',
    ],
    [
      'no truth value',
      { ...base, ...expressions('"x"') },
      'spec.validations[0].expression: Invalid value: "\\"x\\"": must evaluate to bool but got string',
    ],
    ['an unknown name', { ...base, ...expressions('params.x == 1') }, "undeclared reference to 'params'"],
    ['a variable where there is none', { ...base, ...expressions('variables.x == 1') }, "<input>:1:1: undeclared reference to 'variables'"],
    [
      'a variable that is not declared',
      { ...base, variables: [{ name: 'a', expression: '1' }], ...expressions('variables.x == 1') },
      "<input>:1:10: undefined field 'x'",
    ],
    [
      'a value of no known type',
      { ...base, ...expressions('object.spec.paused') },
      'spec.validations[0].expression: Invalid value: "object.spec.paused": must evaluate to bool but got dyn',
    ],
    [
      'parameters of no kind',
      { ...base, paramKind: { apiVersion: 'a/b/c', kind: 'X' }, ...expressions('true') },
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      'a variable that is declared later',
      {
        ...base,
        variables: [
          { name: 'a', expression: 'variables.b' },
          { name: 'b', expression: '1' },
        ],
        ...expressions('true'),
      },
      'spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field \'b\'',
    ],
    [
      'a variable of another type',
      { ...base, variables: [{ name: 'a', expression: '1' }], ...expressions('variables.a == "x"') },
      "found no matching overload for '_==_' applied to '(int, string)'",
    ],
    ['what no request has', { ...base, ...expressions('request.nope == 1') }, "<input>:1:8: undefined field 'nope'"],
    ['what no namespace has', { ...base, ...expressions('namespaceObject.nope == 1') }, "undefined field 'nope'"],
    [
      'an authorizer in a message',
      { ...base, validations: [{ expression: 'true', messageExpression: 'authorizer.path("/").check("get").reason()' }] },
      'spec.validations[0].messageExpression: Invalid value: "authorizer.path(\\"/\\").check(\\"get\\").reason()": compilation failed: ERROR: <input>:1:1: undeclared reference to \'authorizer\'',
    ],
    [
      'a number for the audit log',
      { ...base, auditAnnotations: [{ key: 'k', valueExpression: '1' }] },
      'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
    ],
    ['nothing to check', base, 'spec.validations: Required value: validations or auditAnnotations must contain at least one item'],
  ];
  it.each(rows)('%s', async (_name, spec, text) => {
    await expect(apply('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'p', spec)).rejects.toThrow(text);
  });
});
