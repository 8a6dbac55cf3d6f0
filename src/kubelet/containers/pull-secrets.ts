import { registryOf } from '../../api/image-name.ts';
import type { Pod, Secret } from '../../api/types/core-v1.ts';
import type { ObjectSource } from '../objects.ts';

export interface Credential {
  username: string;
  password: string;
}

interface Entry {
  username?: string;
  password?: string;
  auth?: string;
}

/** The credential that a pod's imagePullSecrets have for an image's registry. Secrets that are missing are passed over. */
export async function credentialFor(pod: Pod, image: string, objects: ObjectSource): Promise<Credential | undefined> {
  const registry = registryOf(image);
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    if (name === undefined) continue;
    const secret = await objects.secret(pod.metadata.namespace ?? '', name);
    for (const [server, entry] of Object.entries(secret === undefined ? {} : serversOf(secret))) {
      const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
      const known = host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
      const credential = known === registry ? credentialOf(entry) : undefined;
      if (credential !== undefined) return credential;
    }
  }
  return undefined;
}

function serversOf({ type, data }: Secret): Record<string, Entry> {
  const [key, wrapped] = type === 'kubernetes.io/dockercfg' ? ['.dockercfg', false] : ['.dockerconfigjson', true];
  const text = data?.[key];
  if (text === undefined) return {};
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString()) as { auths?: Record<string, Entry> } & Record<string, Entry>;
    return wrapped ? (parsed.auths ?? {}) : parsed;
  } catch {
    // A secret that is not JSON has no credentials, as upstream's keyring sees it.
    return {};
  }
}

function credentialOf({ username, password, auth }: Entry): Credential | undefined {
  if (username !== undefined && password !== undefined) return { username, password };
  if (auth === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
  return { username: user, password: rest.join(':') };
}
