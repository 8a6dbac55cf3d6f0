import { beforeEach, describe, expect, test } from 'vitest';
import { merge, pod, pods, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
};
const binding = (name: string, node: string) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name },
  target: { kind: 'Node', name: node },
});

describe('scale', () => {
  test('shows, sets and patches replicas', async () => {
    await server.post(deployments, deployment);
    const { body } = await server.get(`${deployments}/web/scale`);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 3 },
      status: { replicas: 0, selector: 'app=web' },
    });
    const set = await server.call('PUT', `${deployments}/web/scale`, { ...body, spec: { replicas: 5 } });
    expect(set.body.spec.replicas).toBe(5);
    const patched = await server.call('PATCH', `${deployments}/web/scale`, { spec: { replicas: 0 } }, { type: merge });
    expect(patched.body.spec).toEqual({});
    expect((await server.get(`${deployments}/web`)).body).toMatchObject({ spec: { replicas: 0 }, metadata: { generation: 3 } });
  });

  test('has a table of its own', async () => {
    await server.post(deployments, deployment);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await server.call('GET', `${deployments}/web/scale`, undefined, { accept });
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Desired', 'Available', 'Age']);
    expect(body.rows[0].cells).toEqual(['web', 3, 0, '0s']);
  });

  test('refuses fewer than none', async () => {
    await server.post(deployments, deployment);
    const { status, body } = await server.call('PATCH', `${deployments}/web/scale`, { spec: { replicas: -1 } }, { type: merge });
    expect(status).toBe(422);
    expect(body.message).toBe('Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  });
});

describe('ephemeralcontainers', () => {
  const debugging = (name: string, image: string) => ({ spec: { ephemeralContainers: [{ name, image, targetContainerName: 'c' }] } });
  const patch = (body: object) =>
    server.call('PATCH', `${pods}/p/ephemeralcontainers`, body, { type: 'application/strategic-merge-patch+json' });

  test('adds a container to a pod that exists, as kubectl debug does', async () => {
    await server.post(pods, pod('p'));
    const { status, body } = await patch(debugging('debugger', 'busybox'));
    expect(status).toBe(200);
    expect(body.spec.ephemeralContainers).toMatchObject([{ name: 'debugger', image: 'busybox', imagePullPolicy: 'Always' }]);
  });

  test('changes none that is there', async () => {
    await server.post(pods, pod('p'));
    await patch(debugging('debugger', 'busybox'));
    const { status, body } = await patch(debugging('debugger', 'other'));
    expect(status).toBe(422);
    expect(body.message).toContain('existing ephemeral containers "debugger" may not be changed');
  });
});

describe('binding', () => {
  test('gives the pod its node and condition', async () => {
    await server.post(pods, pod('p'));
    const { status } = await server.post(`${pods}/p/binding`, binding('p', 'n1'));
    expect(status).toBe(201);
    const { body } = await server.get(`${pods}/p`);
    expect(body.spec.nodeName).toBe('n1');
    expect(body.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }]);
  });

  test('happens once', async () => {
    await server.post(pods, pod('p'));
    const answers = await Promise.all(['n1', 'n2'].map((node) => server.post(`${pods}/p/binding`, binding('p', node))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body.message).toMatch(
      /^Operation cannot be fulfilled on pods\/binding "p": pod p is already assigned to node "n[12]"$/,
    );
  });
});

describe('eviction', () => {
  const evict = (name: string) =>
    server.post(`${pods}/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
  const running = async (name: string): Promise<void> => {
    await server.post(pods, { ...pod(name), metadata: { name, labels: { app: 'web' } } });
    await server.post(`${pods}/${name}/binding`, binding(name, 'n1'));
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await server.call('PATCH', `${pods}/${name}/status`, { status }, { type: merge });
  };
  const budget = async (disruptionsAllowed: number): Promise<void> => {
    const url = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
    await server.post(url, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec });
    const status = { observedGeneration: 1, disruptionsAllowed, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
    await server.call('PATCH', `${url}/web/status`, { status }, { type: merge });
  };

  test('is understood by its earlier version too, and by no other', async () => {
    await running('a');
    const ask = (apiVersion: string) => server.post(`${pods}/a/eviction`, { apiVersion, kind: 'Eviction', metadata: { name: 'a' } });
    expect((await ask('policy/v1alpha1')).status).toBe(400);
    expect((await ask('policy/v1beta1')).status).toBe(201);
  });

  test('takes from the budget until it is used up', async () => {
    await running('a');
    await running('b');
    await budget(1);
    expect((await evict('a')).status).toBe(201);
    expect((await server.get(`${pods}/a`)).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
      status: {
        conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' })]),
      },
    });
    const refused = await evict('b');
    expect([refused.status, refused.body.message]).toEqual([429, "Cannot evict pod as it would violate the pod's disruption budget."]);
    const url = '/apis/policy/v1/namespaces/default/poddisruptionbudgets/web';
    expect((await server.get(url)).body.status.conditions).toEqual([
      expect.objectContaining({ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }),
    ]);
    const cause = async (status: object) => {
      await server.call('PATCH', `${url}/status`, { status }, { type: merge });
      return (await evict('b')).body.details.causes;
    };
    const failed = {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'SyncFailed',
      message: 'no',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    expect([...(await cause({})), ...(await cause({ currentHealthy: 1 })), ...(await cause({ conditions: [failed] }))]).toEqual(
      [
        'does not allow evicting pods currently',
        'needs 1 healthy pods and has 1 currently',
        'does not allow evicting pods currently because it failed sync: no',
      ].map((why) => ({ reason: 'DisruptionBudget', message: `The disruption budget web ${why}` })),
    );
  });

  test('of a pod that does not run needs no budget', async () => {
    await server.post(pods, { ...pod('a'), metadata: { name: 'a', labels: { app: 'web' } } });
    await budget(0);
    expect((await evict('a')).status).toBe(201);
    expect((await server.get(`${pods}/a`)).status).toBe(404);
  });
});

describe('what a pod is asked through its subresources', () => {
  beforeEach(async () => {
    await server.post(pods, pod('a'));
  });

  test.each(['binding', 'eviction'])('a %s names it', async (subresource) => {
    const { status, body } = await server.post(`${pods}/a/${subresource}`, {});
    expect(status).toBe(400);
    expect(body.message).toContain('name in URL does not match name in');
    expect((await server.get(`${pods}/a`)).body.metadata.deletionTimestamp).toBeUndefined();
  });

  test('there is no log of a pod without a node', async () => {
    expect((await server.get(`${pods}/a/log`)).status).toBe(204);
  });

  test.each(['exec?command=x', 'attach', 'portforward?ports=80'])('what keeps it from %s is said first', async (subresource) => {
    const { status, body } = await server.post(`${pods}/a/${subresource}`, undefined);
    expect([status, body.message]).toEqual([400, 'pod a does not have a host assigned']);
  });

  test('a strategic merge patch cannot make another kind of it', async () => {
    const type = 'application/strategic-merge-patch+json';
    const { status, body } = await server.call('PATCH', `${pods}/a`, { kind: 'Service', metadata: { labels: { a: 'b' } } }, { type });
    expect([status, body.kind, body.metadata.labels]).toEqual([200, 'Pod', { a: 'b' }]);
  });
});

describe('reviews of access', () => {
  const review = (kind: string, spec: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const local = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';

  test('of a namespace ask about no other, and about no path', async () => {
    const other = review('LocalSubjectAccessReview', {
      user: 'jane',
      resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'b' },
    });
    const path = review('LocalSubjectAccessReview', { user: 'jane', nonResourceAttributes: { verb: 'get', path: '/' } });
    const causes = async (body: object) => (await server.post(local, body)).body.details.causes;
    expect(await causes(other)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.resourceAttributes.namespace',
        message: 'Invalid value: "b": must match metadata.namespace',
      },
    ]);
    expect((await causes(path)).map(({ field }: { field: string }) => field)).toEqual(['spec.nonResourceAttributes']);
  });

  test('come back without what was left empty', async () => {
    const asked = review('SubjectAccessReview', {
      user: 'jane',
      resourceAttributes: { verb: 'get', resource: 'pods', namespace: '', name: '' },
    });
    const { body } = await server.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', asked);
    expect(body.spec).toEqual({ user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods' } });
  });
});

describe('services', () => {
  const services = '/api/v1/namespaces/default/services';
  const service = (name: string, spec: Record<string, unknown>) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec },
  });
  const address = (name: string) => server.get(`/apis/networking.k8s.io/v1/ipaddresses/${name}`);

  test('get an address that is theirs until they go', async () => {
    const { body } = await server.post(services, service('a', {}));
    const ip = body.spec.clusterIP;
    expect(ip).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(body.spec).toMatchObject({ clusterIPs: [ip], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect((await address(ip)).body.spec.parentRef).toEqual({ resource: 'services', namespace: 'default', name: 'a' });
    const taken = await server.post(services, service('b', { clusterIP: ip }));
    expect(taken.status).toBe(422);
    expect(taken.body.message).toContain(`failed to allocate IP ${ip}: provided IP is already allocated`);
    await server.call('DELETE', `${services}/a`);
    expect((await address(ip)).status).toBe(404);
    expect((await server.post(services, service('b', { clusterIP: ip }))).status).toBe(201);
  });

  test('without an address claim none', async () => {
    const { body } = await server.post(services, service('a', { clusterIP: 'None' }));
    expect(body.spec.clusterIPs).toEqual(['None']);
  });

  test('get node ports that are theirs until they go or change type', async () => {
    const { body } = await server.post(services, service('a', { type: 'NodePort' }));
    const { nodePort } = body.spec.ports[0];
    expect(nodePort).toBeGreaterThanOrEqual(30000);
    const wanted = { type: 'NodePort', ports: [{ port: 80, nodePort }] };
    const taken = await server.post(services, service('b', wanted));
    expect(taken.body.message).toBe(
      `Service "b" is invalid: spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is already allocated`,
    );
    await server.call('PATCH', `${services}/a`, { spec: { type: 'ClusterIP' } }, { type: merge });
    expect((await server.get(`${services}/a`)).body.spec.ports[0].nodePort).toBeUndefined();
    expect((await server.post(services, service('b', wanted))).status).toBe(201);
  });

  test('a refused create gives its address back', async () => {
    await server.post(services, service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30100 }] }));
    const before = (await server.get('/apis/networking.k8s.io/v1/ipaddresses')).body.items.length;
    expect((await server.post(services, service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30100 }] }))).status).toBe(422);
    expect((await server.get('/apis/networking.k8s.io/v1/ipaddresses')).body.items).toHaveLength(before);
  });
});

describe('a token request', () => {
  const account = '/api/v1/namespaces/default/serviceaccounts';
  const ask = (parts: object) =>
    server.call('POST', `${account}/robot/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {}, ...parts });
  beforeEach(async () => {
    await server.post(account, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  });

  test('is answered with what it left out, and when', async () => {
    const { status, body } = await ask({});
    expect(status).toBe(201);
    expect(body.metadata).toEqual({ name: 'robot', namespace: 'default', creationTimestamp: expect.any(String) });
  });

  test.each<[name: string, parts: object, code: number, message: string | RegExp]>([
    [
      'of another account',
      { metadata: { name: 'x' } },
      422,
      'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
    ],
    [
      'of an account that was',
      { metadata: { uid: 'x' } },
      409,
      /^Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "robot": the UID in the token request \(x\) does not match the UID of the service account \(.+\)$/,
    ],
    [
      'for a second',
      { spec: { expirationSeconds: 1 } },
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    ],
    [
      'bound to what does not die',
      { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } } },
      400,
      'cannot bind token to object of type /v1, Kind=ConfigMap',
    ],
  ])('%s is refused', async (_name, parts, code, message) => {
    const { body } = await ask(parts);
    expect(body.code).toBe(code);
    if (typeof message === 'string') expect(body.message).toBe(message);
    else expect(body.message).toMatch(message);
  });
});

describe('the status of an APIService', () => {
  const services = '/apis/apiregistration.k8s.io/v1/apiservices';
  test('is written without its annotations and labels', async () => {
    const spec = {
      group: 'a.example.com',
      version: 'v1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      service: { name: 's', namespace: 'n' },
    };
    const name = 'v1.a.example.com';
    await server.post(services, { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec });
    const conditions = [{ type: 'Available', status: 'False', reason: 'R', message: 'm' }];
    const change = { metadata: { annotations: { a: 'b' }, labels: { c: 'd' } }, status: { conditions } };
    const { body } = await server.call('PATCH', `${services}/${name}/status`, change, { type: merge });
    expect(body.status.conditions).toMatchObject(conditions);
    expect([body.metadata.annotations, body.metadata.labels]).toEqual([undefined, undefined]);
  });
});

test('a status may not lose its count of collisions', async () => {
  await server.post(deployments, deployment);
  const set = (collisionCount: number | null) =>
    server.call('PATCH', `${deployments}/web/status`, { status: { collisionCount } }, { type: merge });
  expect((await set(2)).status).toBe(200);
  const { status, body } = await set(null);
  expect([status, body.message]).toEqual([
    422,
    'Deployment.apps "web" is invalid: status.collisionCount: Invalid value: 0: cannot be decremented',
  ]);
});
