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
      const bearer = bearerOf(headers['authorization']) ?? websocketBearer(headers);
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

/** Browsers, which set no headers on a WebSocket, name their token as one of its protocols (upstream: websocket.NewProtocolAuthenticator). */
const websocketBearerPrefix = 'base64url.bearer.authorization.k8s.io.';

const protocolsOf = (header: string | undefined): string[] => (header ?? '').split(',').map((protocol) => protocol.trim());

function websocketBearer(headers: Credentials['headers']): string | undefined {
  if (headers['upgrade']?.toLowerCase() !== 'websocket') return undefined;
  const protocols = protocolsOf(headers['sec-websocket-protocol']);
  const named = protocols.filter((protocol) => protocol.startsWith(websocketBearerPrefix));
  if (named.length === 0) return undefined;
  // One token, and a protocol to answer with.
  if (named.length > 1 || protocols.length < 2) throw unauthorized();
  return Buffer.from(named[0]?.slice(websocketBearerPrefix.length) ?? '', 'base64url').toString();
}

/** The header without the caller's token, which must not leave this server. */
export const withoutBearer = (protocols: string): string =>
  protocolsOf(protocols)
    .filter((protocol) => !protocol.startsWith(websocketBearerPrefix))
    .join(', ');

export const withAuthenticated = (groups: readonly string[]): string[] =>
  groups.includes(allAuthenticated) ? [...groups] : [...groups, allAuthenticated];
