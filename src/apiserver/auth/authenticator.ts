import { ApiError } from '../../api/status.ts';
import type { Tokens } from './tokens.ts';
import { allAuthenticated, anonymousUser, credentialIdExtra, type UserInfo } from './user.ts';

/** What a connection and a request bring to prove who sends them. */
export interface Credentials {
  /** The subject of a client certificate that the TLS layer has verified against the cluster's authority. */
  certificate?: ClientCertificate | undefined;
  /** Lower-case names; `authorization` is read. */
  headers: Record<string, string | undefined>;
}

export interface ClientCertificate {
  commonName: string;
  organizations: readonly string[];
  /** SHA-256 of the certificate, hexadecimal. */
  fingerprint?: string;
}

export interface Authenticator {
  /** Without credentials, the anonymous user. Throws 401 when credentials are given and do not count. */
  authenticate(credentials: Credentials): Promise<UserInfo>;
}

export const unauthorized = (): ApiError => new ApiError('Unauthorized', 'Unauthorized');

/** Client certificates (CN is the user, each O a group; a user is made once for each connection), then bearer tokens, then anonymous. */
export function createAuthenticator(options: { tokens: Tokens }): Authenticator {
  const certified = new WeakMap<ClientCertificate, UserInfo>();
  return {
    async authenticate({ certificate, headers }) {
      if (certificate !== undefined && certificate.commonName !== '') {
        let user = certified.get(certificate);
        if (user === undefined) {
          user = userOf(certificate);
          certified.set(certificate, user);
        }
        return user;
      }
      const bearer = bearerOf(headers['authorization']);
      if (bearer === undefined) return anonymousUser;
      try {
        const verified = await options.tokens.verify(bearer);
        if (verified === undefined) throw unauthorized();
        return { ...verified.user, groups: withAuthenticated(verified.user.groups) };
      } catch {
        // Why a token does not count is nobody's business who presents it.
        throw unauthorized();
      }
    },
  };
}

function userOf({ commonName, organizations, fingerprint }: ClientCertificate): UserInfo {
  const id = fingerprint?.replaceAll(':', '').toLowerCase();
  return {
    name: commonName,
    groups: withAuthenticated(organizations),
    ...(id === undefined ? {} : { extra: { [credentialIdExtra]: [`X509SHA256=${id}`] } }),
  };
}

/** The token after `Bearer`; undefined where the header is absent or of another scheme. */
export function bearerOf(header: string | undefined): string | undefined {
  const [scheme, token] = (header ?? '').trim().split(/\s+/);
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : undefined;
}

export const withAuthenticated = (groups: readonly string[]): string[] =>
  groups.includes(allAuthenticated) ? [...groups] : [...groups, allAuthenticated];
