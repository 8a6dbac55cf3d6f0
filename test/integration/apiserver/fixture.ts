import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { KubeObject } from '../../../src/api/object.ts';
import { loopbackUser } from '../../../src/apiserver/auth/user.ts';
import { type ApiServer, createApiServer } from '../../../src/apiserver/server.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { type Logger, silentLogger } from '../../../src/util/log.ts';
import { type CertificateAndKey, createCA, issueCert, newServiceAccountKey } from '../../../src/util/pki.ts';

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by path
  json(): any;
}

export interface HttpsServer {
  apiServer: ApiServer;
  store: Store;
  port: number;
  url: string;
  ca: CertificateAndKey;
  admin: CertificateAndKey;
  /** One request with the admin's certificate; `as: null` sends none. */
  send(
    method: string,
    path: string,
    options?: { body?: string | Buffer; headers?: Record<string, string | string[]>; as?: CertificateAndKey | null },
  ): Promise<HttpAnswer>;
  /** Creates without HTTP. */
  create(path: string, object: Partial<KubeObject> & Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** An API server alone, over HTTPS on a free port of the loopback. With `retainEvents` it soon forgets what was. */
export async function startHttpsServer({
  log = silentLogger,
  retainEvents,
}: {
  log?: Logger;
  retainEvents?: number;
} = {}): Promise<HttpsServer> {
  const ca = await createCA('kubernetes');
  const [serving, kubeletClient, admin, serviceAccountKey] = await Promise.all([
    issueCert(ca, { commonName: 'kube-apiserver', dnsNames: ['localhost'], ips: ['127.0.0.1'], usages: ['server'] }),
    issueCert(ca, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'], usages: ['client'] }),
    issueCert(ca, { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
    newServiceAccountKey(),
  ]);
  const store = createMemoryStore({ clock: systemClock, ...(retainEvents === undefined ? {} : { retainEvents }) });
  const apiServer = createApiServer({
    store,
    clock: systemClock,
    log,
    pki: { ca: ca.cert, serving, kubeletClient },
    serviceAccountKey,
  });
  await apiServer.bootstrap();
  const { port } = await apiServer.listen({ host: '127.0.0.1', port: 0 });
  const agents = new Map<CertificateAndKey | null, Agent>();
  const agentFor = (who: CertificateAndKey | null): Agent => {
    const agent = agents.get(who) ?? new Agent({ keepAlive: true, ca: ca.cert, ...(who === null ? {} : { cert: who.cert, key: who.key }) });
    agents.set(who, agent);
    return agent;
  };
  const signal = new AbortController().signal;
  return {
    apiServer,
    store,
    port,
    url: `https://127.0.0.1:${port}`,
    ca,
    admin,
    send: (method, path, { body, headers = {}, as = admin } = {}) =>
      new Promise((resolve, reject) => {
        // Node says nothing of the length of a DELETE's body by itself.
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const outgoing = request(
          { host: '127.0.0.1', port, method, path, agent: agentFor(as), headers: { ...length, ...headers } },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.on('error', reject);
            incoming.on('end', () => {
              const all = Buffer.concat(chunks);
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: all, json: () => JSON.parse(all.toString()) });
            });
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    async create(path, object) {
      const { status, body } = await apiServer.handle(
        { method: 'POST', path, query: new URLSearchParams(), headers: {}, body: object, signal },
        loopbackUser,
      );
      if (status !== 201) throw new Error(JSON.stringify(body));
    },
    async close() {
      for (const agent of agents.values()) agent.destroy();
      await apiServer.close();
      await store.close();
    },
  };
}
