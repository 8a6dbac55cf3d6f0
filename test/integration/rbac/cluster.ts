import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type CertificateAndKey, issueCert } from '../../../src/util/pki.ts';
import { type HttpAnswer, type HttpsServer, startHttpsServer } from '../apiserver/fixture.ts';

/** In every Secret and ConfigMap: no answer to those who may not see them may hold it. */
export const marker = 'for-no-other-eyes';

export interface Asked {
  headers?: Record<string, string>;
  body?: object;
}

export interface RbacCluster {
  server: HttpsServer;
  /** A token of the account, good for the API server. */
  tokenOf(account: string, spec?: object): Promise<string>;
  /** One request with a token and nothing else. */
  as(token: string | undefined, method: string, path: string, asked?: Asked): Promise<HttpAnswer>;
  /** The same as a kubelet (or any other user of a certificate). */
  withCertificate(name: string, organization: string): Promise<CertificateAndKey>;
  /** Gives the account rules in `default`. */
  allow(account: string, rules: object[]): Promise<void>;
  /** Asks to switch protocols; the answer's status. */
  upgrade(token: string | undefined, path: string, headers: Record<string, string>): Promise<number>;
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
export const defaults = '/api/v1/namespaces/default';

/** An API server with pods, Secrets and services in two namespaces, a custom resource and an aggregated API with nothing behind it. */
export async function startRbacCluster(): Promise<RbacCluster> {
  const server = await startHttpsServer();
  await server.create('/api/v1/namespaces', { metadata: { name: 'other' } });
  await server.create('/api/v1/nodes', { metadata: { name: 'n1' } });
  for (const namespace of ['default', 'other']) {
    const base = `/api/v1/namespaces/${namespace}`;
    await server.create(`${base}/serviceaccounts`, { metadata: { name: 'default' } });
    await server.create(`${base}/secrets`, { metadata: { name: 'x' }, stringData: { marker } });
    await server.create(`${base}/configmaps`, { metadata: { name: 'x' }, data: { marker } });
    await server.create(`${base}/services`, { metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } });
    await server.create(`${base}/pods`, { metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  }
  await server.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  });
  await server.create('/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: 'v1.remote.example.com' },
    spec: {
      group: 'remote.example.com',
      version: 'v1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      service: { name: 'x', namespace: 'other' },
    },
  });

  const send: RbacCluster['as'] = (token, method, path, { headers = {}, body } = {}) =>
    server.send(method, path, {
      as: null,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    server,
    as: send,
    async tokenOf(account, spec = {}) {
      const accounts = `${defaults}/serviceaccounts`;
      if ((await server.send('GET', `${accounts}/${account}`)).status === 404)
        await server.create(accounts, { metadata: { name: account } });
      const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
      const answer = await server.send('POST', `${accounts}/${account}/token`, { headers: { 'content-type': 'application/json' }, body });
      return answer.json().status.token;
    },
    withCertificate: (commonName, organization) => issueCert(server.ca, { commonName, organizations: [organization], usages: ['client'] }),
    async allow(account, rules) {
      await server.create(`${rbac}/namespaces/default/roles`, { metadata: { name: account }, rules });
      await server.create(`${rbac}/namespaces/default/rolebindings`, {
        metadata: { name: account },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
      });
    },
    async upgrade(token, path, headers) {
      const outgoing = request({
        host: '127.0.0.1',
        port: server.port,
        path,
        ca: server.ca.cert,
        agent: false,
        headers: { connection: 'Upgrade', ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      });
      outgoing.end();
      const [incoming] = (await Promise.race([once(outgoing, 'response'), once(outgoing, 'upgrade')])) as [IncomingMessage];
      outgoing.destroy();
      return incoming.statusCode ?? 0;
    },
  };
}
