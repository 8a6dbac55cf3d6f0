import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { allow, patch, startWebhookServer, type WebhookServer } from '../../support/webhook-server.ts';

/** Webhooks and policies as a user meets them: configured and run into with kubectl. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
let hooks: WebhookServer;
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1 });
  kubectl = cluster.kubectl;
  hooks = await startWebhookServer({
    '/inject': ({ object }) =>
      object.spec.containers.some(({ name }: { name: string }) => name === 'sidecar')
        ? allow
        : patch({ op: 'add', path: '/spec/containers/-', value: { name: 'sidecar', image: 'proxy:1' } }),
    '/images': ({ object }) =>
      object.spec.containers.every(({ image }: { image: string }) => !image.endsWith(':latest'))
        ? { response: { allowed: true, warnings: ['images are checked'] } }
        : { response: { allowed: false, status: { message: 'the tag latest is not allowed', code: 403, reason: 'Forbidden' } } },
  });
});
afterAll(async () => {
  await hooks.close();
  await cluster.stop();
});

const configuration = (kind: 'Mutating' | 'Validating', path: string): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: ${path.slice(1)}}
webhooks:
- name: ${path.slice(1)}.example.com
  clientConfig: {url: "https://127.0.0.1:${hooks.port}${path}", caBundle: ${hooks.caBundle}}
  rules: [{operations: [CREATE, UPDATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
  namespaceSelector: {matchLabels: {hooked: "yes"}}
  admissionReviewVersions: [v1]
  sideEffects: None
  matchConditions: [{name: not-system, expression: '!request.userInfo.username.startsWith("system:node:")'}]
`;

describe('webhooks', () => {
  beforeAll(async () => {
    await kubectl('create namespace hooked');
    await kubectl('label namespace hooked hooked=yes');
    await kubectl('apply -f -', configuration('Mutating', '/inject'));
    await kubectl('apply -f -', configuration('Validating', '/images'));
  });

  it('change and warn', async () => {
    const { stderr, code } = await kubectl.try('run web --image=website:v1.0 -n hooked');
    expect([code, stderr]).toEqual([0, 'Warning: images are checked\n']);
    expect(await kubectl(['get', 'pod', 'web', '-n', 'hooked', '-o', 'jsonpath={.spec.containers[*].name}'])).toBe('web sidecar');
    await kubectl('wait pod/web -n hooked --for=condition=Ready --timeout=30s');
  });

  it('refuse', async () => {
    const { stderr, code } = await kubectl.try('run bad --image=website:latest -n hooked');
    expect([code, stderr]).toEqual([
      1,
      'Error from server (Forbidden): admission webhook "images.example.com" denied the request: the tag latest is not allowed\n',
    ]);
  });

  it('refuse the pods of a deployment, which says so', async () => {
    await kubectl('create deployment bad --image=website:latest -n hooked');
    const message = (): Promise<string> =>
      kubectl(['get', 'deployment', 'bad', '-n', 'hooked', '-o', 'jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}']);
    await expect
      .poll(message, { timeout: 20_000 })
      .toBe('admission webhook "images.example.com" denied the request: the tag latest is not allowed');
  });

  it('leave other namespaces alone', async () => {
    await kubectl('run other --image=website:latest');
    expect(await kubectl(['get', 'pod', 'other', '-o', 'jsonpath={.spec.containers[*].name}'])).toBe('other');
  });

  it('refuse in a dry run on the server too', async () => {
    const { stderr } = await kubectl.try('run bad --image=website:latest -n hooked --dry-run=server');
    expect(stderr).toContain('denied the request');
  });
});

const policies = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  paramKind: {apiVersion: v1, kind: ConfigMap}
  variables: [{name: most, expression: 'int(params.data.most)'}]
  validations:
  - expression: object.spec.replicas <= variables.most
    messageExpression: '"at most " + string(variables.most) + " replicas, not " + string(object.spec.replicas)'
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas}
spec:
  policyName: replicas
  validationActions: [Deny]
  paramRef: {name: limits, namespace: default, parameterNotFoundAction: Deny}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: owner}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  matchConditions: [{name: unowned, expression: '!has(object.metadata.labels.owner)'}]
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: 'Object{metadata: Object.metadata{labels: {"owner": request.userInfo.username}}}'
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: owner}
spec: {policyName: owner}
`;

describe('policies', () => {
  beforeAll(async () => {
    await kubectl('create configmap limits --from-literal=most=3');
    await kubectl('apply -f -', policies);
  });

  it('change and refuse', async () => {
    await kubectl('create deployment web --image=website:v1.0 --replicas=2');
    expect(await kubectl(['get', 'deployment', 'web', '-o', 'jsonpath={.metadata.labels.owner}'])).toBe('kubernetes-admin');
    const { stderr } = await kubectl.try('create deployment many --image=website:v1.0 --replicas=5');
    expect(stderr).toContain(
      `deployments.apps "many" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'replicas' denied request: at most 3 replicas, not 5`,
    );
  });

  it('follow their parameters', async () => {
    await kubectl('patch configmap limits -p {"data":{"most":"5"}}');
    await kubectl('create deployment many --image=website:v1.0 --replicas=5');
  });

  it('are refused when their expressions make no sense, and listed', async () => {
    const { stderr } = await kubectl.try('apply -f -', policies.replace('<= variables.most', '<= variables.nothing'));
    expect(stderr).toContain('is invalid: spec.validations[0].expression: Invalid value');
    expect(await kubectl('get validatingadmissionpolicies')).toMatch(/^NAME\s+VALIDATIONS\s+PARAMKIND\s+AGE\nreplicas\s+1\s+v1\/ConfigMap/);
    expect(await kubectl('get mutatingadmissionpolicybindings -o name')).toBe(
      'mutatingadmissionpolicybinding.admissionregistration.k8s.io/owner\n',
    );
  });
});
