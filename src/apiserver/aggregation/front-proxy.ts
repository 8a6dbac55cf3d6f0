import { createCA, issueCert } from '../../util/pki.ts';
import type { UserInfo } from '../auth/user.ts';

/** What this server shows to aggregated API servers, so that they believe what it says about users. All PEM. */
export interface FrontProxy {
  /** The authority that they are told to trust, through ConfigMap `extension-apiserver-authentication`. */
  ca: string;
  cert: string;
  key: string;
}

const clientName = 'front-proxy-client';

let made: Promise<FrontProxy> | undefined;

/** This process's identity, made when first asked for. Aggregated servers follow the ConfigMap, so it may change with every start. */
export function frontProxy(): Promise<FrontProxy> {
  made ??= createFrontProxy();
  return made;
}

async function createFrontProxy(): Promise<FrontProxy> {
  const ca = await createCA('front-proxy-ca');
  const { cert, key } = await issueCert(ca, { commonName: clientName, usages: ['client'] });
  return { ca: ca.cert, cert, key };
}

/** The ConfigMap's data (kubeadm's names of headers and of the client). */
export const requestHeaderConfig = ({ ca }: FrontProxy): Record<string, string> => ({
  'requestheader-allowed-names': JSON.stringify([clientName]),
  'requestheader-client-ca-file': ca,
  'requestheader-extra-headers-prefix': JSON.stringify(['X-Remote-Extra-']),
  'requestheader-group-headers': JSON.stringify(['X-Remote-Group']),
  'requestheader-uid-headers': JSON.stringify(['X-Remote-Uid']),
  'requestheader-username-headers': JSON.stringify(['X-Remote-User']),
});

/** The user in headers (upstream: transport.SetAuthProxyHeaders). */
export function userHeaders(user: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'X-Remote-User': user.name, 'X-Remote-Group': user.groups };
  if (user.uid !== undefined && user.uid !== '') headers['X-Remote-Uid'] = user.uid;
  for (const [key, values] of Object.entries(user.extra ?? {})) headers[`X-Remote-Extra-${escapedKey(key)}`] = values;
  return headers;
}

/** What a header's name may not hold is percent-encoded, and `%` itself (upstream: headerKeyEscape). */
const escapedKey = (key: string): string =>
  [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
