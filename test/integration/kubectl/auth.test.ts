import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** Who may do what, as kubectl asks and tells it: auth, impersonation, tokens and certificates. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
const robot = 'system:serviceaccount:default:robot';
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 0 });
  kubectl = cluster.kubectl;
  await kubectl('create serviceaccount robot');
  await kubectl('create role reader --verb=get,list --resource=pods --resource=pods/log');
  await kubectl('create rolebinding reading --role=reader --serviceaccount=default:robot');
  await kubectl('create clusterrole probes --verb=get --non-resource-url=/probes/*');
  await kubectl('create clusterrolebinding probing --clusterrole=probes --serviceaccount=default:robot');
});
afterAll(() => cluster.stop());

describe('auth can-i', () => {
  it.each([
    ['get pods', 0, 'yes\n'],
    ['get pods --subresource=log', 0, 'yes\n'],
    ['get pods/any', 0, 'yes\n'],
    ['create pods/exec', 1, 'no\n'],
    ['delete pods', 1, 'no\n'],
    ['get pods -n kube-system', 1, 'no\n'],
    ['list pods -A', 1, 'no\n'],
    ['get /probes/live', 0, 'yes\n'],
    ['get /secrets', 1, 'no\n'],
    ['get /version', 0, 'yes\n'],
    ['create selfsubjectaccessreviews.authorization.k8s.io', 0, 'yes\n'],
    ['delete pods --quiet', 1, ''],
  ])('%s', async (args, code, said) => {
    const ran = await kubectl.try(`auth can-i ${args} --as=${robot}`);
    expect([ran.code, ran.stdout]).toEqual([code, said]);
  });

  it('warns about kinds that it does not know and kinds without namespaces', async () => {
    expect((await kubectl.try('auth can-i get nonsense')).stderr).toContain("Warning: the server doesn't have a resource type 'nonsense'");
    expect((await kubectl.try('auth can-i get nodes')).stderr).toContain("Warning: resource 'nodes' is not namespace scoped");
  });

  it('--list tells all rules', async () => {
    const list = await kubectl(`auth can-i --list --as=${robot}`);
    expect(list).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
    expect(list).toMatch(/^pods\/log +\[\] +\[\] +\[get list\]$/m);
    expect(list).toMatch(/^ +\[\/probes\/\*\] +\[\] +\[get\]$/m);
    expect(list).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
  });
});

describe('who one is', () => {
  it('auth whoami, as oneself and as others', async () => {
    expect(await kubectl('auth whoami')).toMatch(/Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]\n/);
    const { status } = JSON.parse(await kubectl('auth whoami --as=jane --as-group=dev --as-group=,,,odd --as-uid=7 -o json'));
    expect(status.userInfo).toEqual({ username: 'jane', uid: '7', groups: ['dev', ',,,odd', 'system:authenticated'] });
    expect(await kubectl(`auth whoami --as=${robot}`)).toContain(
      '[system:serviceaccounts system:serviceaccounts:default system:authenticated]',
    );
  });

  it.each([
    ['get pods', 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"'],
    [
      'get deployment web',
      'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "default"',
    ],
    ['get nodes', 'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope'],
    ['get --raw /metrics', 'forbidden: User "jane" cannot get path "/metrics"'],
    ['create role more --verb=* --resource=*', 'roles.rbac.authorization.k8s.io is forbidden: User "jane" cannot create resource "roles"'],
  ])('%s as one who may not', async (args, said) => {
    const { code, stderr } = await kubectl.try(`${args} --as=jane`);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });

  it('a token acts for its service account', async () => {
    const token = (await kubectl('create token robot --duration=10m')).trim();
    const asRobot = ['--token', token, '--client-certificate=', '--client-key='];
    const config = ['--kubeconfig=/dev/null', '--server', cluster.server, '--insecure-skip-tls-verify'];
    expect(await kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}', ...config, ...asRobot])).toBe(robot);
    expect((await kubectl.try(['get', 'secrets', ...config, ...asRobot])).stderr).toContain(
      `User "${robot}" cannot list resource "secrets"`,
    );
    expect((await kubectl.try(['get', 'pods', ...config, '--token=wrong'])).stderr).toContain('You must be logged in to the server');
  });

  it.each([
    ['none', 'error: failed to create token: serviceaccounts "none" not found\n'],
    ['robot --bound-object-kind=Pod --bound-object-name=none', 'error: failed to create token: pods "none" not found\n'],
  ])('create token %s is refused', async (args, said) => {
    expect((await kubectl.try(`create token ${args}`)).stderr).toBe(said);
  });
});

describe('auth reconcile', () => {
  const rules = (verbs: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: agreed, namespace: default}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [${verbs}]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agreed}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: dev}]
`;
  it('adds what is missing and takes away what is too much only when told', async () => {
    const first = await kubectl.try('auth reconcile -f -', rules('get, list'));
    expect([first.code, first.stdout]).toEqual([
      0,
      'role.rbac.authorization.k8s.io/agreed reconciled\nclusterrolebinding.rbac.authorization.k8s.io/agreed reconciled\n',
    ]);
    expect(first.stderr).toContain('reconciliation required create');
    await kubectl('auth reconcile -f -', rules('get, watch'));
    const verbs = ['get', 'role', 'agreed', '-o', 'jsonpath={.rules[*].verbs}'];
    expect(await kubectl(verbs)).toBe('["get","list"] ["watch"]');
    await kubectl('auth reconcile --remove-extra-permissions -f -', rules('get'));
    expect(await kubectl(verbs)).toBe('["get"]');
  });
});

describe('certificates', () => {
  const request = async (name: string): Promise<string> => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const signed = await x509.Pkcs10CertificateRequestGenerator.create({
      name: `CN=${name},O=dev`,
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    });
    return JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: Buffer.from(signed.toString('pem')).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
      },
    });
  };

  it('approved are issued', async () => {
    await kubectl('create -f -', await request('good'));
    expect(await kubectl('get csr good')).toMatch(/good .* kubernetes\.io\/kube-apiserver-client +kubernetes-admin +<none> +Pending\n/);
    expect(await kubectl('certificate approve good')).toBe('certificatesigningrequest.certificates.k8s.io/good approved\n');
    await kubectl('wait csr/good --for=jsonpath={.status.certificate} --timeout=30s');
    expect(await kubectl('get csr good')).toContain('Approved,Issued');
  });

  it('denied stay denied', async () => {
    await kubectl('create -f -', await request('bad'));
    expect(await kubectl('certificate deny bad')).toBe('certificatesigningrequest.certificates.k8s.io/bad denied\n');
    expect(await kubectl('get csr bad -o jsonpath={.status.conditions[*].type}')).toBe('Denied');
    expect((await kubectl.try('certificate approve bad')).code).toBe(1);
    expect((await kubectl.try('certificate approve none')).stderr).toContain(
      'certificatesigningrequests.certificates.k8s.io "none" not found',
    );
  });
});
