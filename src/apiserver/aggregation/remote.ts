import https from 'node:https';
import type { APIService, APIServiceCondition } from '../../api/types/apiregistration-v1.ts';
import type { APIResourceList } from '../../api/types/meta-v1.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Target } from '../proxy/target.ts';
import type { Endpoint } from '../service/endpoint.ts';
import { type FrontProxy, userHeaders } from './front-proxy.ts';

/** A group and version that another server answers. */
export interface RemoteService {
  object: APIService;
  group: string;
  version: string;
  service: { namespace: string; name: string; port: number };
  /** What it last said that it serves. */
  resources: APIResourceList | undefined;
}

export const availableCondition = ({ status }: APIService): APIServiceCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Available');
export const isAvailable = (object: APIService): boolean => availableCondition(object)?.status === 'True';

/** Undefined for APIServices of this server itself. */
export function remoteOf(object: APIService): RemoteService | undefined {
  const { group = '', version = '', service } = object.spec ?? {};
  if (service === undefined) return undefined;
  const { namespace = '', name = '', port = 443 } = service;
  return { object, group, version, service: { namespace, name, port }, resources: undefined };
}

/** Where a request to it goes, and how this server proves who it is. */
export function remoteTarget(
  { object, service }: RemoteService,
  { host, port }: Endpoint,
  path: string,
  proxy: FrontProxy | undefined,
): Target {
  const { caBundle = '', insecureSkipTLSVerify } = object.spec ?? {};
  return {
    protocol: 'https:',
    host,
    port,
    path,
    https: {
      servername: `${service.name}.${service.namespace}.svc`,
      rejectUnauthorized: insecureSkipTLSVerify !== true,
      ...(caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
      ...(proxy === undefined ? {} : { cert: proxy.cert, key: proxy.key }),
    },
  };
}

/** The server's own user when it looks at what an aggregated server serves. */
const aggregatorUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** GET of a JSON document; rejects with what went wrong or `bad status`. */
export function fetchDocument(target: Target, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = https.request({
      host: target.host,
      port: target.port,
      path: target.path,
      method: 'GET',
      agent: false,
      signal,
      headers: { accept: 'application/json', ...userHeaders(aggregatorUser) },
      ...target.https,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const status = incoming.statusCode ?? 0;
        if (status < 200 || status >= 300) {
          reject(new Error(`bad status from https://${target.host}:${target.port}${target.path}: ${status}`));
          return;
        }
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    outgoing.end();
  });
}
