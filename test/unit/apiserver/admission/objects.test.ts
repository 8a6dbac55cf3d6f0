import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../../src/api/scheme.ts';
import type { UserInfo } from '../../../../src/apiserver/auth/user.ts';
import { createWorld, pod, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
const configMap = { metadata: { name: 'a', namespace: 'default' } };

describe('NamespaceLifecycle', () => {
  test('content needs a namespace', async () => {
    await expect(world.admit(kinds.ConfigMap, configMap, { namespace: 'ghost' })).rejects.toMatchObject({
      code: 404,
      message: 'namespaces "ghost" not found',
    });
  });
  test('a namespace that goes takes nothing new, and lets updates and deletes through', async () => {
    await world.put(kinds.Namespace, { metadata: { name: 'default' }, status: { phase: 'Terminating' } });
    await expect(world.admit(kinds.ConfigMap, configMap)).rejects.toMatchObject({
      code: 403,
      message: 'configmaps "a" is forbidden: unable to create new content in namespace default because it is being terminated',
      details: {
        causes: [{ reason: 'NamespaceTerminating', message: 'namespace default is being terminated', field: 'metadata.namespace' }],
      },
    });
    await world.admit(kinds.ConfigMap, configMap, { operation: 'UPDATE', oldObject: configMap });
    await world.admit(kinds.ConfigMap, undefined, { operation: 'DELETE', oldObject: configMap });
  });
  test('the cluster’s own namespaces stay', async () => {
    const remove = (name: string) => world.admit(kinds.Namespace, undefined, { operation: 'DELETE', name });
    await expect(remove('kube-system')).rejects.toThrow('namespaces "kube-system" is forbidden: this namespace may not be deleted');
    await remove('mine');
  });
});

describe('defaults', () => {
  test('the newest default storage class', async () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await world.put(kinds.StorageClass, { metadata: { name: 'old', annotations, creationTimestamp: '2026-01-01T00:00:00Z' } });
    await world.put(kinds.StorageClass, { metadata: { name: 'new', annotations, creationTimestamp: '2026-01-02T00:00:00Z' } });
    const claim = (spec: object) => world.admit(kinds.PersistentVolumeClaim, { metadata: { name: 'd', namespace: 'default' }, spec });
    const made = await claim({});
    expect([made.spec?.storageClassName, made.metadata.finalizers]).toEqual(['new', ['kubernetes.io/pvc-protection']]);
    expect((await claim({ storageClassName: '' })).spec?.storageClassName).toBe('');
  });
  test('the default ingress class, a new node’s taint, a bound pod’s zone', async () => {
    await world.put(kinds.IngressClass, {
      metadata: { name: 'shoal', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    });
    const ingress = await world.admit(kinds.Ingress, { metadata: { name: 'i', namespace: 'default' }, spec: {} });
    expect(ingress.spec?.ingressClassName).toBe('shoal');
    const node = await world.admit(kinds.Node, { metadata: { name: 'n' } });
    expect(node.spec?.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    await world.put(kinds.Node, { metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z1', other: 'x' } } });
    const binding = { metadata: { name: 'web', namespace: 'default' }, target: { kind: 'Node', name: 'n' } };
    expect((await world.admit(kinds.Pod, binding, { subresource: 'binding' })).metadata.labels).toEqual({
      'topology.kubernetes.io/zone': 'z1',
    });
  });
});

describe('PersistentVolumeClaimResize', () => {
  const claim = (storage: string) => ({
    metadata: { name: 'd', namespace: 'default' },
    spec: { storageClassName: 'sc', resources: { requests: { storage } } },
    status: { phase: 'Bound' },
  });
  test.each([
    [true, undefined],
    [false, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'],
  ])('allowVolumeExpansion %s', async (allowVolumeExpansion, text) => {
    await world.put(kinds.StorageClass, { metadata: { name: 'sc' }, allowVolumeExpansion });
    const grow = world.admit(kinds.PersistentVolumeClaim, claim('2Gi'), { operation: 'UPDATE', oldObject: claim('1Gi') });
    if (text === undefined) await grow;
    else await expect(grow).rejects.toThrow(text);
  });
});

describe('ResourceQuota', () => {
  const quota = (hard: Record<string, string>, used: Record<string, string>, spec: object = {}) =>
    world.put(kinds.ResourceQuota, { metadata: { name: 'q', namespace: 'default' }, spec: { hard, ...spec }, status: { hard, used } });
  const used = async () => (await world.get(kinds.ResourceQuota, 'q', 'default')).status?.used;
  const asking = (cpu: string) => pod({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });

  test('charges what it lets through', async () => {
    await quota({ pods: '2', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '0' });
    await world.admit(kinds.Pod, asking('300m'));
    await world.admit(kinds.Pod, asking('300m'), { dryRun: true });
    expect(await used()).toEqual({ pods: '1', 'requests.cpu': '300m' });
  });
  test('refuses what exceeds it, naming that alone', async () => {
    await quota({ pods: '5', 'requests.cpu': '1' }, { pods: '1', 'requests.cpu': '800m' });
    await expect(world.admit(kinds.Pod, asking('300m'))).rejects.toMatchObject({
      code: 403,
      message: 'pods "web" is forbidden: exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=800m, limited: requests.cpu=1',
    });
    expect(await used()).toEqual({ pods: '1', 'requests.cpu': '800m' });
  });
  test('requests side by side do not both take the last', async () => {
    await quota({ configmaps: '3' }, { configmaps: '1' });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => world.admit(kinds.ConfigMap, configMap)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await used()).toEqual({ configmaps: '3' });
  });
  test('where cpu is limited every container has to ask', async () => {
    await quota({ 'limits.cpu': '1', 'requests.memory': '1Gi' }, { 'limits.cpu': '0', 'requests.memory': '0' });
    await expect(world.admit(kinds.Pod, asking('1m'))).rejects.toThrow(
      'pods "web" is forbidden: failed quota: q: must specify limits.cpu for: c; requests.memory for: c',
    );
  });
  test('before its first look a quota holds nothing up, and before its first count everything', async () => {
    const spec = { hard: { pods: '1', services: '1' } };
    await world.put(kinds.ResourceQuota, { metadata: { name: 'q', namespace: 'default' }, spec });
    await world.admit(kinds.Pod, pod());
    await world.put(kinds.ResourceQuota, { metadata: { name: 'q', namespace: 'default' }, spec, status: { hard: spec.hard } });
    await expect(world.admit(kinds.Pod, pod())).rejects.toThrow('pods "web" is forbidden: status unknown for quota: q, resources: pods');
  });
  test.each<[string, object, object, boolean]>([
    ['best effort, a pod that asks for nothing', { scopes: ['BestEffort'] }, pod(), true],
    ['best effort, a pod that asks', { scopes: ['BestEffort'] }, asking('1m'), false],
    ['terminating', { scopes: ['Terminating'] }, pod({ activeDeadlineSeconds: 5 }), true],
    [
      'a priority class',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      pod({ priorityClassName: 'high' }),
      true,
    ],
  ])('scope: %s', async (_name, spec, object, counted) => {
    await world.put(kinds.PriorityClass, { metadata: { name: 'high' }, value: 1 });
    await quota({ pods: '1' }, { pods: '1' }, spec);
    const admitted = world.admit(kinds.Pod, object);
    if (counted) await expect(admitted).rejects.toThrow('exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1');
    else await admitted;
  });
  const claimOf = (asked: string | undefined, status: object = {}) => ({
    metadata: { name: 'c', namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...(asked === undefined ? {} : { volumeAttributesClassName: asked }),
    },
    status,
  });
  test.each<[string, string, string[], object, boolean]>([
    ['the class asked for', 'In', ['gold'], claimOf('gold'), true],
    ['the class that it has', 'In', ['gold'], claimOf('silver', { currentVolumeAttributesClassName: 'gold' }), true],
    ['the class to come', 'In', ['gold'], claimOf('silver', { modifyVolumeStatus: { targetVolumeAttributesClassName: 'gold' } }), true],
    ['another class', 'In', ['gold'], claimOf('silver'), false],
    ['none of two', 'NotIn', ['gold'], claimOf('gold', { currentVolumeAttributesClassName: 'gold' }), false],
    ['any class', 'Exists', [], claimOf('silver'), true],
    ['no class', 'DoesNotExist', [], claimOf(undefined), true],
  ])('a claim by %s', async (_name, operator, values, claim, counted) => {
    const matchExpressions = [{ scopeName: 'VolumeAttributesClass', operator, ...(values.length === 0 ? {} : { values }) }];
    await quota({ persistentvolumeclaims: '1' }, { persistentvolumeclaims: '1' }, { scopeSelector: { matchExpressions } });
    const admitted = world.admit(kinds.PersistentVolumeClaim, claim);
    if (counted) await expect(admitted).rejects.toThrow('exceeded quota: q, requested: persistentvolumeclaims=1');
    else await admitted;
  });
  test('a claim is charged once its status moves it into a scope', async () => {
    const matchExpressions = [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }];
    await quota({ persistentvolumeclaims: '1' }, { persistentvolumeclaims: '0' }, { scopeSelector: { matchExpressions } });
    const oldObject = claimOf('silver');
    const changed = claimOf('silver', { currentVolumeAttributesClassName: 'gold' });
    await world.admit(kinds.PersistentVolumeClaim, changed, { operation: 'UPDATE', subresource: 'status', oldObject });
    expect(await used()).toEqual({ persistentvolumeclaims: '1' });
  });
  test('an update is charged for what it adds', async () => {
    await quota({ 'services.nodeports': '2' }, { 'services.nodeports': '1' });
    const service = (type: string) => ({ metadata: { name: 's', namespace: 'default' }, spec: { type, ports: [{ port: 1 }] } });
    const update = (from: string, to: string) => world.admit(kinds.Service, service(to), { operation: 'UPDATE', oldObject: service(from) });
    await update('ClusterIP', 'NodePort');
    expect(await used()).toEqual({ 'services.nodeports': '2' });
    await expect(update('ClusterIP', 'NodePort')).rejects.toThrow('exceeded quota');
    await update('NodePort', 'ClusterIP');
    expect(await used()).toEqual({ 'services.nodeports': '1' });
  });
});

describe('NodeRestriction', () => {
  const user: UserInfo = { name: 'system:node:n1', groups: ['system:nodes'] };
  const nodePod = (nodeName: string) => pod({ nodeName }, { uid: 'u1' });
  const node = (name: string, labels: Record<string, string> = {}, taints: object[] = []) => ({
    metadata: { name, labels },
    spec: { taints },
  });
  const lease = (name: string) => ({ metadata: { name, namespace: 'default' } });
  const token = (ref: object) => ({ metadata: { name: 'default' }, spec: { boundObjectRef: ref } });

  test.each<[string, () => Promise<unknown>, string | undefined]>([
    [
      'its own pod',
      () => world.admit(kinds.Pod, undefined, { user, operation: 'DELETE', name: 'web', oldObject: nodePod('n1') }),
      undefined,
    ],
    [
      'another node’s pod',
      () => world.admit(kinds.Pod, undefined, { user, operation: 'DELETE', name: 'web', oldObject: nodePod('n2') }),
      'node "n1" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'a pod that is not a mirror',
      () => world.admit(kinds.Pod, nodePod('n1'), { user }),
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [
      'status elsewhere',
      () => world.admit(kinds.Pod, nodePod('n2'), { user, operation: 'UPDATE', subresource: 'status', oldObject: nodePod('n2') }),
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    ],
    ['registering itself', () => world.admit(kinds.Node, node('n1', { 'kubernetes.io/hostname': 'n1', mine: 'x' }), { user }), undefined],
    ['registering another', () => world.admit(kinds.Node, node('n2'), { user }), 'node "n1" is not allowed to modify node "n2"'],
    [
      'a role label',
      () => world.admit(kinds.Node, node('n1', { 'node-role.kubernetes.io/control-plane': '' }), { user }),
      'node "n1" is not allowed to set the following labels: node-role.kubernetes.io/control-plane',
    ],
    [
      'its taints',
      () =>
        world.admit(kinds.Node, node('n1'), { user, operation: 'UPDATE', oldObject: node('n1', {}, [{ key: 'k', effect: 'NoSchedule' }]) }),
      'node "n1" is not allowed to modify taints',
    ],
    ['its lease', () => world.admit(kinds.Lease, lease('n1'), { user }), undefined],
    [
      'another lease',
      () => world.admit(kinds.Lease, lease('n2'), { user }),
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'an unbound token',
      () => world.admit(kinds.ServiceAccount, token({}), { user, subresource: 'token' }),
      'node requested token not bound to a pod',
    ],
    [
      'a token of a pod elsewhere',
      async () => {
        await world.put(kinds.Pod, nodePod('n2'));
        return world.admit(kinds.ServiceAccount, token({ kind: 'Pod', name: 'web', uid: 'u1' }), { user, subresource: 'token' });
      },
      'node requested token bound to a pod scheduled on a different node',
    ],
  ])('%s', async (_name, act, text) => {
    if (text === undefined) await act();
    else await expect(act()).rejects.toThrow(`is forbidden: ${text}`);
  });
});

describe('RBACEscalation', () => {
  const jane: UserInfo = { name: 'jane', groups: ['dev'] };
  const rule = (...verbs: string[]) => ({ verbs, apiGroups: [''], resources: ['pods'] });
  const role = (...rules: object[]) => ({ metadata: { name: 'r', namespace: 'default' }, rules });
  beforeEach(async () => {
    await world.put(kinds.Role, { metadata: { name: 'mine', namespace: 'default' }, rules: [rule('get', 'list')] });
    await world.put(kinds.Role, { metadata: { name: 'more', namespace: 'default' }, rules: [rule('get', 'delete')] });
    await world.put(kinds.RoleBinding, {
      metadata: { name: 'b', namespace: 'default' },
      roleRef: { kind: 'Role', name: 'mine' },
      subjects: [{ kind: 'User', name: 'jane' }],
    });
  });
  const binding = (name: string) => ({ metadata: { name: 'c', namespace: 'default' }, roleRef: { kind: 'Role', name }, subjects: [] });

  test('one can pass on what one has', async () => {
    await world.admit(kinds.Role, role(rule('get')), { user: jane });
    await world.admit(kinds.RoleBinding, binding('mine'), { user: jane });
  });
  test('and no more', async () => {
    const text =
      'is forbidden: user "jane" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}';
    await expect(world.admit(kinds.Role, role(rule('get', 'delete')), { user: jane })).rejects.toThrow(
      `roles.rbac.authorization.k8s.io "r" ${text}`,
    );
    await expect(world.admit(kinds.RoleBinding, binding('more'), { user: jane })).rejects.toThrow(
      `rolebindings.rbac.authorization.k8s.io "c" ${text}`,
    );
  });
});

describe('certificates', () => {
  const request = { metadata: { name: 'csr' }, spec: { signerName: 'kubernetes.io/kube-apiserver-client', request: '' } };
  test('the server writes down who asks; nobody asks to be system:masters', async () => {
    const masters = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'O=system:masters, CN=jane',
      keys: await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    });
    const encoded = Buffer.from(masters.toString('pem')).toString('base64');
    const ask = (signerName: string) =>
      world.admit(
        kinds.CertificateSigningRequest,
        { metadata: { name: 'csr' }, spec: { signerName, request: encoded, username: 'root', uid: '0' } },
        { user: { name: 'jane', groups: ['dev'] } },
      );
    expect((await ask('example.com/any')).spec).toMatchObject({ username: 'jane', groups: ['dev'] });
    expect((await ask('example.com/any')).spec.uid).toBeUndefined();
    await expect(ask('kubernetes.io/kube-apiserver-client')).rejects.toThrow(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });
  test('approving needs the right over the signer', async () => {
    const approve = (user: UserInfo) =>
      world.admit(kinds.CertificateSigningRequest, request, { operation: 'UPDATE', subresource: 'approval', oldObject: request, user });
    const approver: UserInfo = { name: 'approver', groups: [] };
    await expect(approve(approver)).rejects.toThrow(
      'certificatesigningrequests.certificates.k8s.io "csr" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
    await world.put(kinds.ClusterRole, {
      metadata: { name: 'a' },
      rules: [{ verbs: ['approve'], apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: ['kubernetes.io/*'] }],
    });
    await world.put(kinds.ClusterRoleBinding, {
      metadata: { name: 'a' },
      roleRef: { kind: 'ClusterRole', name: 'a' },
      subjects: [{ kind: 'User', name: 'approver' }],
    });
    await approve(approver);
  });
});

test('ExtendedResourceToleration is off until enabled', async () => {
  const gpu = pod({ containers: [{ name: 'c', resources: { requests: { 'example.com/gpu': '1' } } }] });
  const toleration = { key: 'example.com/gpu', operator: 'Exists' };
  expect((await world.admit(kinds.Pod, gpu)).spec?.tolerations).not.toContainEqual(toleration);
  const other = await createWorld({ enable: ['ExtendedResourceToleration'] });
  expect((await other.admit(kinds.Pod, gpu)).spec?.tolerations).toContainEqual(toleration);
});
