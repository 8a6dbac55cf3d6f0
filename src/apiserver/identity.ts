import type { ApiResponse } from '../api/http.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import { newServiceAccountKey } from '../util/pki.ts';
import type { Authorizer } from './auth/attributes.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { type ClusterAuthorizer, createAuthorizer } from './auth/authorizer.ts';
import type { Rbac } from './auth/rbac.ts';
import { createReads } from './auth/reads.ts';
import { createTokenKeys, openIdConfiguration, type TokenKeys } from './auth/token-keys.ts';
import { createTokens, defaultIssuer, type Tokens } from './auth/tokens.ts';
import { systemMasters } from './auth/user.ts';
import type { PathHandler } from './handle.ts';

export interface IdentityOptions {
  store: Store;
  clock: Clock;
  serviceAccountKey: { privateKey: string } | undefined;
}

/** Who callers are and what they may. Rules are read from the store by `load`; until then only `system:masters` may do anything. */
export interface Identity {
  readonly authenticator: ReturnType<typeof createAuthenticator>;
  readonly authorizer: Authorizer;
  readonly tokens: Tokens;
  rbac(): Rbac;
  /** Resolves to the authorizer with its rules read. */
  load(): Promise<ClusterAuthorizer>;
  /** `/.well-known/openid-configuration` and `/openid/v1/jwks`, for those who verify tokens themselves. */
  readonly paths: PathHandler;
}

export function createIdentity({ store, clock, serviceAccountKey }: IdentityOptions): Identity {
  const { keys, tokens } = lazyTokens(store, clock, serviceAccountKey);
  let loaded: ClusterAuthorizer | undefined;
  return {
    authenticator: createAuthenticator({ tokens }),
    tokens,
    authorizer: {
      async authorize(attributes) {
        if (attributes.user.groups.includes(systemMasters)) return { allowed: true, reason: '' };
        return loaded === undefined ? { allowed: false, reason: 'the server is starting' } : loaded.authorize(attributes);
      },
    },
    rbac() {
      if (loaded === undefined) throw new TypeError('the rules have not been read yet');
      return loaded.rbac;
    },
    async load() {
      loaded = await createAuthorizer(store);
      return loaded;
    },
    async paths({ path }) {
      if (path === '/.well-known/openid-configuration') {
        return document('application/json', openIdConfiguration(tokens.issuer, `${tokens.issuer}/openid/v1/jwks`));
      }
      return path === '/openid/v1/jwks' ? document('application/jwk-set+json', await (await keys()).jwks()) : undefined;
    },
  };
}

const document = (contentType: string, value: unknown): ApiResponse => ({
  status: 200,
  headers: { 'cache-control': 'public, max-age=3600' },
  body: { kind: 'raw', contentType, data: JSON.stringify(value) },
});

/** Making a key takes longer than starting a server in process, so a key that was not given is made when first needed. */
function lazyTokens(store: Store, clock: Clock, given: { privateKey: string } | undefined): { keys(): Promise<TokenKeys>; tokens: Tokens } {
  let made: Promise<{ keys: TokenKeys; tokens: Tokens }> | undefined;
  const make = async () => {
    const { privateKey } = given ?? (await newServiceAccountKey());
    const keys = createTokenKeys(privateKey);
    return { keys, tokens: createTokens({ keys, reads: createReads(store), clock, issuer: defaultIssuer }) };
  };
  const get = () => {
    made ??= make();
    return made;
  };
  return {
    keys: async () => (await get()).keys,
    tokens: {
      issuer: defaultIssuer,
      apiAudiences: [defaultIssuer],
      issue: async (request) => (await get()).tokens.issue(request),
      issueSecretToken: async (request) => (await get()).tokens.issueSecretToken(request),
      verify: async (token, audiences) => (await get()).tokens.verify(token, audiences),
    },
  };
}
