import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { HttpsClientOptions } from '../client/https.ts';
import { messageOf, ShoalError } from '../util/errors.ts';
import { type KubeconfigPlace, kubeconfigFiles } from './kubeconfig.ts';

/** How to reach a cluster as its kubeconfig says; all PEM. */
export type KubeconfigAccess = Pick<HttpsClientOptions, 'server' | 'ca' | 'cert' | 'key' | 'token'> & { context: string };

interface Named {
  name?: string;
  cluster?: Record<string, string>;
  user?: Record<string, unknown>;
  context?: { cluster?: string; user?: string; namespace?: string };
}
interface Kubeconfig {
  'current-context'?: string;
  clusters?: Named[];
  contexts?: Named[];
  users?: Named[];
}

/**
 * Reads the access to any cluster from the first kubeconfig of {@link kubeconfigFiles} that has the context; absent, its
 * current one. Certificates and tokens are understood, given in the file or beside it; users by command are not.
 */
export async function kubeconfigAccess(place: KubeconfigPlace & { context?: string }): Promise<KubeconfigAccess> {
  const files = kubeconfigFiles(place);
  for (const file of files) {
    const config = await load(file, place.explicit !== undefined);
    const name = place.context ?? config?.['current-context'];
    const context = config?.contexts?.find((one) => one.name === name)?.context;
    if (config === undefined || name === undefined || context === undefined) continue;
    return accessIn(config, file, name, context);
  }
  throw new ShoalError('KUBECONFIG_INVALID', `no context ${place.context ?? 'is current'} in ${files.join(', ')}`, {
    next: 'kubectl config get-contexts lists what there is.',
  });
}

async function load(file: string, mustBe: boolean): Promise<Kubeconfig | undefined> {
  try {
    return parse(await readFile(file, 'utf8')) as Kubeconfig;
  } catch (cause) {
    if (!mustBe) return undefined;
    throw new ShoalError('KUBECONFIG_INVALID', `cannot read ${file}: ${messageOf(cause)}`, { cause, next: 'Name a kubeconfig file.' });
  }
}

async function accessIn(config: Kubeconfig, file: string, name: string, context: NonNullable<Named['context']>): Promise<KubeconfigAccess> {
  const cluster = config.clusters?.find((one) => one.name === context.cluster)?.cluster ?? {};
  const user = config.users?.find((one) => one.name === context.user)?.user ?? {};
  if (cluster['server'] === undefined) throw new ShoalError('KUBECONFIG_INVALID', `the context ${name} of ${file} names no server`);
  if (user['exec'] !== undefined || user['auth-provider'] !== undefined) {
    throw new ShoalError('KUBECONFIG_INVALID', `the user of context ${name} is authenticated by a command, which shoal does not run`, {
      next: 'Name a kubeconfig with a certificate or a token.',
    });
  }
  const pem = async (from: Record<string, unknown>, key: string): Promise<string | undefined> => {
    const data = from[`${key}-data`];
    if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString();
    const path = from[key];
    return typeof path === 'string' && path !== '' ? readFile(resolve(dirname(file), path), 'utf8') : undefined;
  };
  const [ca, cert, key] = await Promise.all([
    pem(cluster, 'certificate-authority'),
    pem(user, 'client-certificate'),
    pem(user, 'client-key'),
  ]);
  const token = typeof user['token'] === 'string' ? user['token'] : undefined;
  return {
    context: name,
    server: cluster['server'],
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
  };
}
