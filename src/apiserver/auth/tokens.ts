import { randomUUID } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, SignJWT } from 'jose';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Reads } from './reads.ts';
import { checkLegacyToken, checkToken, type TokenClaims, type TokenObject } from './token-claims.ts';
import type { TokenKeys } from './token-keys.ts';
import { serviceAccountUserName, type UserInfo } from './user.ts';

export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';
const legacyIssuer = 'kubernetes/serviceaccount';

/** Upstream's kubelet asks for 3607 s; such tokens live a year and carry `warnafter`, for clients that never reload them. */
const extendableSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

export interface TokenOptions {
  keys: TokenKeys;
  reads: Reads;
  clock: Clock;
  issuer?: string;
  /** What a token for the API server itself names. Default: the issuer. */
  apiAudiences?: readonly string[];
}

export interface IssueRequest {
  namespace: string;
  serviceAccount: TokenObject;
  /** What the token is bound to: it dies with it. */
  pod?: TokenObject;
  secret?: TokenObject;
  /** The node bound to, or the one that the bound pod runs on. */
  node?: TokenObject;
  /** Default: the API server's. */
  audiences?: readonly string[];
  expirationSeconds: number;
}

/** What a Secret of type `kubernetes.io/service-account-token` is to hold a token for. */
export interface SecretTokenRequest {
  namespace: string;
  secretName: string;
  serviceAccountName: string;
  serviceAccountUID: string;
}

export interface VerifiedToken {
  user: UserInfo;
  /** Those of the accepted audiences that the token names. */
  audiences: string[];
}

export interface Tokens {
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  issue(request: IssueRequest): Promise<{ token: string; expirationTimestamp: string }>;
  /** A legacy token: it does not expire, and counts while its Secret holds it. */
  issueSecretToken(request: SecretTokenRequest): Promise<string>;
  /** Undefined when the token is not a service account's at all; throws with the reason when it is one and does not count. */
  verify(token: string, audiences?: readonly string[]): Promise<VerifiedToken | undefined>;
}

/** How many verified signatures are remembered; the claims are checked anew each time. */
const cacheLimit = 4096;

/** Service-account tokens: JWTs as `pkg/serviceaccount` issues and checks them. */
export function createTokens(options: TokenOptions): Tokens {
  const { keys, reads, clock, issuer = defaultIssuer } = options;
  const apiAudiences = options.apiAudiences ?? [issuer];
  const verified = new Map<string, TokenClaims>();

  const readClaims = async (token: string): Promise<TokenClaims> => {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const { kid } = decodeProtectedHeader(token);
    let failure: unknown;
    for (const key of keys.verifying(kid)) {
      try {
        const { payload } = await compactVerify(token, key, { algorithms: ['RS256'] });
        const claims = JSON.parse(new TextDecoder().decode(payload)) as TokenClaims;
        if (verified.size >= cacheLimit) verified.delete(verified.keys().next().value ?? '');
        verified.set(token, claims);
        return claims;
      } catch (error) {
        failure = error;
      }
    }
    throw new Error(`invalid bearer token, ${messageOf(failure)}`);
  };

  const sign = (claims: TokenClaims): Promise<string> =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: keys.keyId }).sign(keys.signing);

  return {
    issuer,
    apiAudiences,
    issueSecretToken: ({ namespace, secretName, serviceAccountName, serviceAccountUID }) =>
      sign({
        iss: legacyIssuer,
        'kubernetes.io/serviceaccount/namespace': namespace,
        'kubernetes.io/serviceaccount/secret.name': secretName,
        'kubernetes.io/serviceaccount/service-account.name': serviceAccountName,
        'kubernetes.io/serviceaccount/service-account.uid': serviceAccountUID,
        sub: serviceAccountUserName(namespace, serviceAccountName),
      }),
    async issue({ namespace, serviceAccount, pod, secret, node, audiences, expirationSeconds }) {
      const now = Math.floor(clock.now() / 1000);
      const forServer = audiences === undefined || audiences.length === 0;
      const extend = expirationSeconds === extendableSeconds && (forServer || audiences.every((one) => apiAudiences.includes(one)));
      const claims: TokenClaims = {
        aud: forServer ? [...apiAudiences] : [...audiences],
        exp: now + (extend ? extendedSeconds : expirationSeconds),
        iat: now,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': {
          namespace,
          ...(node === undefined ? {} : { node }),
          ...(pod === undefined ? {} : { pod }),
          ...(secret === undefined ? {} : { secret }),
          serviceaccount: serviceAccount,
          ...(extend ? { warnafter: now + expirationSeconds } : {}),
        },
        nbf: now,
        sub: serviceAccountUserName(namespace, serviceAccount.name),
      };
      const token = await sign(claims);
      const expires = new Date((now + expirationSeconds) * 1000).toISOString().replace('.000Z', 'Z');
      return { token, expirationTimestamp: expires };
    },
    async verify(token, wanted) {
      const claimedIssuer = issuerOf(token);
      if (claimedIssuer !== issuer && claimedIssuer !== legacyIssuer) return undefined;
      const claims = await readClaims(token);
      const accepted = wanted === undefined || wanted.length === 0 ? apiAudiences : wanted;
      if (claimedIssuer === legacyIssuer) {
        // Legacy tokens name no audience and are good for the API server alone.
        const audiences = accepted.filter((one) => apiAudiences.includes(one));
        if (audiences.length === 0) throw audienceError(apiAudiences, accepted);
        return { user: await checkLegacyToken(claims, token, reads), audiences };
      }
      const named = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
      const audiences = accepted.filter((one) => named.includes(one));
      if (audiences.length === 0) throw audienceError(named, accepted);
      return { user: await checkToken(claims, reads, clock.now()), audiences };
    },
  };
}

const audienceError = (named: readonly string[], accepted: readonly string[]): Error =>
  new Error(`token audiences ${JSON.stringify(named)} is invalid for the target audiences ${JSON.stringify(accepted)}`);

/** Reads the issuer without trusting it: whether the token is meant for this verifier at all. */
function issuerOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { iss } = (claims ?? {}) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
