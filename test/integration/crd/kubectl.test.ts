import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { cronTab, cronTabs } from './crontab.ts';

/** The real kubectl on custom resources. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
const yaml = (object: unknown): string => JSON.stringify(object);

beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1 });
  kubectl = cluster.kubectl;
  await kubectl('apply -f -', yaml(cronTabs()));
  await kubectl('wait crd/crontabs.stable.example.com --for=condition=Established --timeout=10s');
});
afterAll(() => cluster.stop());

describe('kubectl and custom resources', () => {
  it('api-resources lists the kind; explain tells its fields', async () => {
    expect(await kubectl('api-resources --api-group=stable.example.com')).toMatch(
      /crontabs\s+ct\s+stable\.example\.com\/v1\s+true\s+CronTab/,
    );
    const spec = await kubectl('explain crontab.spec');
    expect(spec).toContain('What runs, and when.');
    expect(spec).toMatch(/cronSpec\s+<string> -required-/);
    expect(await kubectl('explain ct.metadata.name')).toContain('FIELD: name <string>');
  });

  it('creates with defaults, lists in columns, by short name and category, and by selectable field', async () => {
    expect(await kubectl('create -f -', yaml(cronTab('columns')))).toBe('crontab.stable.example.com/columns created\n');
    const table = await kubectl('get ct columns');
    expect(table.split('\n')[0]).toMatch(/^NAME\s+SPEC\s+REPLICAS\s+READY\s+AGE$/);
    expect(table.split('\n')[1]).toMatch(/^columns\s+\* \* \* \* \*\/5\s+1\s+\d+s$/);
    expect(await kubectl('get all')).toContain('crontab.stable.example.com/columns');
    expect(await kubectl('get ct --field-selector spec.image=website:v1.0 -o name')).toContain('columns');
    expect((await kubectl.try('get ct --field-selector spec.cronSpec=x')).stderr).toContain('field label not supported: spec.cronSpec');
    await kubectl([
      ...['patch', 'ct', 'columns', '--subresource=status', '--type=merge'],
      ...['-p', yaml({ status: { conditions: [{ type: 'Ready', status: 'True' }] } })],
    ]);
    expect(await kubectl('get ct columns')).toMatch(/columns\s+.*\s+1\s+True\s+\d+s/);
  });

  it('a List of objects that keep whatever they are given, which kubectl checks by OpenAPI v2 itself', async () => {
    const version = {
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    };
    const loose = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'bags.loose.example.com' },
      spec: { group: 'loose.example.com', scope: 'Namespaced', names: { plural: 'bags', kind: 'Bag' }, versions: [version] },
    };
    await kubectl('apply -f -', yaml(loose));
    await kubectl('wait crd/bags.loose.example.com --for=condition=Established --timeout=10s');
    const bag = { apiVersion: 'loose.example.com/v1', kind: 'Bag', metadata: { name: 'bag' }, anything: { goes: true } };
    const list = { apiVersion: 'v1', kind: 'List', items: [bag, cronTab('listed')] };
    expect(await kubectl('apply -f -', yaml(list))).toBe('bag.loose.example.com/bag created\ncrontab.stable.example.com/listed created\n');
    const wrong = { ...list, items: [bag, { ...cronTab('wrong'), anything: { goes: true } }] };
    expect((await kubectl.try('apply -f -', yaml(wrong))).stderr).toContain('unknown field "anything"');
    await kubectl('delete crd bags.loose.example.com');
  });

  it('apply: client-side, server-side with conflicts and by list keys, and edits of every patch type', async () => {
    expect(await kubectl('apply -f -', yaml(cronTab('applied')))).toBe('crontab.stable.example.com/applied created\n');
    expect(await kubectl('apply -f -', yaml(cronTab('applied')))).toBe('crontab.stable.example.com/applied unchanged\n');
    expect(await kubectl('apply -f -', yaml(cronTab('applied', { replicas: 3 })))).toContain('configured');
    const one = yaml(cronTab('sides', { ports: [{ name: 'a', port: 1 }] }));
    const two = yaml({ ...cronTab('sides'), spec: { ports: [{ name: 'b', port: 2 }] } });
    await kubectl('apply --server-side --field-manager=one -f -', one);
    await kubectl('apply --server-side --field-manager=two -f -', two);
    expect(await kubectl(['get', 'ct', 'sides', '-o', 'jsonpath={.spec.ports[*].name}'])).toBe('a b');
    const clash = yaml({ ...cronTab('sides'), spec: { cronSpec: '1 1 1 1 1' } });
    expect((await kubectl.try('apply --server-side --field-manager=two -f -', clash)).stderr).toContain(
      'conflict with "one": .spec.cronSpec',
    );
    await kubectl(['patch', 'ct', 'applied', '--type=json', '-p', yaml([{ op: 'replace', path: '/spec/replicas', value: 4 }])]);
    await kubectl(['patch', 'ct', 'applied', '--type=merge', '-p', yaml({ spec: { free: { any: { thing: [1] } } } })]);
    expect(await kubectl(['get', 'ct', 'applied', '-o', 'jsonpath={.spec.replicas} {.spec.free.any.thing[0]}'])).toBe('4 1');
    const strategic = await kubectl.try(['patch', 'ct', 'applied', '--type=strategic', '-p', '{}']);
    expect(strategic.stderr).toContain('application/merge-patch+json');
    expect(await kubectl('label ct applied tier=gold')).toContain('labeled');
    expect(await kubectl('get ct -l tier=gold -o name')).toBe('crontab.stable.example.com/applied\n');
  });

  it('refuses what the schema and its rules forbid, in upstream words', async () => {
    const refused = async (spec: Record<string, unknown>): Promise<string> =>
      (await kubectl.try('create -f -', yaml(cronTab('bad', spec)))).stderr;
    expect(await refused({ cronSpec: 'x' })).toContain(
      `spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^(\\S+ ){4}\\S+$'`,
    );
    expect(await refused({ replicas: '3' })).toContain(
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    );
    expect(await refused({ replicas: 11 })).toBe('The CronTab "bad" is invalid: spec.replicas: Invalid value: no more than ten replicas\n');
    expect(await refused({ ports: [{ name: 'a' }, { name: 'a' }] })).toContain('spec.ports[1]: Duplicate value: {"name":"a"}');
    expect(await refused({ cronSpecs: 'x' })).toContain('strict decoding error: unknown field "spec.cronSpecs"');
    await kubectl('create -f -', yaml(cronTab('fixed')));
    const change = await kubectl.try(['patch', 'ct', 'fixed', '--type=merge', '-p', yaml({ spec: { image: 'other' } })]);
    expect(change.stderr).toContain('spec: Invalid value: the image stays website:v1.0');
  });

  it("scale by the definition's paths; status apart from spec, with generations", async () => {
    await kubectl('create -f -', yaml(cronTab('scaled')));
    expect(await kubectl('scale ct scaled --replicas=5')).toBe('crontab.stable.example.com/scaled scaled\n');
    const path = '{.spec.replicas} {.metadata.generation}';
    expect(await kubectl(['get', 'ct', 'scaled', '-o', `jsonpath=${path}`])).toBe('5 2');
    await kubectl([
      'patch',
      'ct',
      'scaled',
      '--subresource=status',
      '--type=merge',
      '-p',
      yaml({ status: { replicas: 2 }, spec: { replicas: 9 } }),
    ]);
    expect(await kubectl(['get', 'ct', 'scaled', '-o', `jsonpath=${path} {.status.replicas}`])).toBe('5 2 2');
    expect(await kubectl('get ct scaled --subresource=scale -o yaml')).toContain('kind: Scale');
  });

  it('a namespace takes its custom resources along; owners take their dependents', async () => {
    await kubectl('create namespace full');
    await kubectl('create -n full -f -', yaml(cronTab('inside')));
    await kubectl('delete namespace full --timeout=30s');
    await kubectl('create -f -', yaml(cronTab('owner')));
    const uid = await kubectl(['get', 'ct', 'owner', '-o', 'jsonpath={.metadata.uid}']);
    const owned = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owned', ownerReferences: [{ apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'owner', uid }] },
    };
    await kubectl('create -f -', yaml(owned));
    await kubectl('delete ct owner');
    await kubectl('wait configmap/owned --for=delete --timeout=30s');
  });

  it('a changed schema holds at once; deleting the definition removes every object first', async () => {
    await kubectl('create -f -', yaml(cronTab('last', { replicas: 2 })));
    await kubectl([
      ...['patch', 'crd', 'crontabs.stable.example.com', '--type=json', '-p'],
      yaml([
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/added',
          value: { type: 'string', default: 'yes' },
        },
      ]),
    ]);
    expect(await kubectl(['get', 'ct', 'last', '-o', 'jsonpath={.spec.added}'])).toBe('yes');
    await kubectl(['patch', 'ct', 'last', '--type=merge', '-p', yaml({ metadata: { finalizers: ['example.com/hold'] } })]);
    await kubectl('delete crd crontabs.stable.example.com --wait=false');
    const held = await kubectl.try('create -f -', yaml(cronTab('late')));
    expect(held.stderr).toContain('create not allowed while custom resource definition is terminating');
    expect(await kubectl('get ct -o name')).toBe('crontab.stable.example.com/last\n');
    await kubectl(['patch', 'ct', 'last', '--type=merge', '-p', yaml({ metadata: { finalizers: null } })]);
    await kubectl('wait crd/crontabs.stable.example.com --for=delete --timeout=20s');
    expect((await kubectl.try('get crontabs')).stderr).toContain('the server could not find the requested resource');
  });
});
