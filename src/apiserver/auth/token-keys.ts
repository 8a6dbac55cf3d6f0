import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { exportJWK } from 'jose';

/** The keys of service-account tokens: the first signs, all verify. */
export interface TokenKeys {
  readonly signing: KeyObject;
  readonly keyId: string;
  verifying(keyId: string | undefined): KeyObject[];
  /** The document at `/openid/v1/jwks`. */
  jwks(): Promise<{ keys: Record<string, unknown>[] }>;
}

/** Upstream's key id: the SHA-256 of the public key's DER, base64url. */
const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

/** @param privateKey PEM, RSA. @param further PEM public keys of earlier signing keys whose tokens still count. */
export function createTokenKeys(privateKey: string, further: readonly string[] = []): TokenKeys {
  const signing = createPrivateKey(privateKey);
  const keys = new Map<string, KeyObject>();
  for (const key of [createPublicKey(signing), ...further.map((pem) => createPublicKey(pem))]) keys.set(keyIdOf(key), key);
  const [keyId = ''] = keys.keys();
  return {
    signing,
    keyId,
    // Without a key id, as legacy tokens may come, every key is tried.
    verifying: (wanted) => {
      const named = wanted === undefined ? undefined : keys.get(wanted);
      return named === undefined ? [...keys.values()] : [named];
    },
    jwks: async () => ({
      keys: await Promise.all(
        [...keys].map(async ([kid, key]) => {
          const { kty, n, e } = await exportJWK(key);
          return { use: 'sig', kty, kid, alg: 'RS256', n, e };
        }),
      ),
    }),
  };
}

/** The document at `/.well-known/openid-configuration`. */
export const openIdConfiguration = (issuer: string, jwksUri: string) => ({
  issuer,
  jwks_uri: jwksUri,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
});
