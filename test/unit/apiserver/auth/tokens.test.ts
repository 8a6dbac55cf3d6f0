import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../../src/api/scheme.ts';
import { createAuthenticator } from '../../../../src/apiserver/auth/authenticator.ts';
import { createReads } from '../../../../src/apiserver/auth/reads.ts';
import { reviewToken } from '../../../../src/apiserver/auth/reviews.ts';
import { createTokenKeys } from '../../../../src/apiserver/auth/token-keys.ts';
import { createTokens, defaultIssuer, type Tokens } from '../../../../src/apiserver/auth/tokens.ts';
import { objectKey } from '../../../../src/store/keys.ts';
import { createMemoryStore } from '../../../../src/store/memory.ts';
import type { Store } from '../../../../src/store/store.ts';
import { newServiceAccountKey } from '../../../../src/util/pki.ts';
import { type VirtualClock, virtualClock } from '../../../../src/util/virtual-clock.ts';

const { privateKey } = await newServiceAccountKey();
const keys = createTokenKeys(privateKey);
const request = {
  namespace: 'default',
  serviceAccount: { name: 'robot', uid: 'sa-1' },
  pod: { name: 'web', uid: 'pod-1' },
  node: { name: 'n1', uid: 'node-1' },
  expirationSeconds: 600,
};
const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

let clock: VirtualClock;
let store: Store;
let tokens: Tokens;
const put = (
  kind: typeof kinds.Pod | typeof kinds.ServiceAccount | typeof kinds.Secret,
  name: string,
  object: { metadata: object; [field: string]: unknown },
) => store.create(objectKey(kind, 'default', name), { ...object, metadata: { name, namespace: 'default', ...object.metadata } });
const remove = async (kind: typeof kinds.Pod | typeof kinds.ServiceAccount | typeof kinds.Secret, name: string) => {
  const entry = await store.get(objectKey(kind, 'default', name));
  await store.delete(entry?.key ?? '', entry?.revision ?? 0);
};
const bearer = (token: string) => createAuthenticator({ tokens }).authenticate({ headers: { authorization: `Bearer ${token}` } });

beforeEach(async () => {
  clock = virtualClock();
  store = createMemoryStore({ clock });
  tokens = createTokens({ keys, reads: createReads(store), clock });
  await put(kinds.ServiceAccount, 'robot', { metadata: { uid: 'sa-1' } });
  await put(kinds.Pod, 'web', { metadata: { uid: 'pod-1' } });
});

describe('a service-account token', () => {
  test('says who it is for, as upstream’s do', async () => {
    const { token, expirationTimestamp } = await tokens.issue(request);
    expect(expirationTimestamp).toBe('2026-01-01T00:10:00Z');
    expect(payloadOf(token)).toEqual({
      aud: [defaultIssuer],
      exp: 1767226200,
      iat: 1767225600,
      nbf: 1767225600,
      iss: defaultIssuer,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sub: 'system:serviceaccount:default:robot',
      'kubernetes.io': {
        namespace: 'default',
        serviceaccount: { name: 'robot', uid: 'sa-1' },
        pod: { name: 'web', uid: 'pod-1' },
        node: { name: 'n1', uid: 'node-1' },
      },
    });
  });

  test('authenticates as the account with its groups and extra', async () => {
    const { token } = await tokens.issue(request);
    expect(await bearer(token)).toEqual({
      name: 'system:serviceaccount:default:robot',
      uid: 'sa-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/pod-name': ['web'],
        'authentication.kubernetes.io/pod-uid': ['pod-1'],
        'authentication.kubernetes.io/node-name': ['n1'],
        'authentication.kubernetes.io/node-uid': ['node-1'],
        'authentication.kubernetes.io/credential-id': [`JTI=${payloadOf(token).jti}`],
      },
    });
  });

  test('of 3607 seconds lives a year and says when to warn', async () => {
    const { token, expirationTimestamp } = await tokens.issue({ ...request, expirationSeconds: 3607 });
    expect(expirationTimestamp).toBe('2026-01-01T01:00:07Z');
    const payload = payloadOf(token);
    expect([payload.exp - payload.iat, payload['kubernetes.io'].warnafter - payload.iat]).toEqual([365 * 24 * 3600, 3607]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['expires', () => clock.advance(700_000)],
    ['dies with its account', () => remove(kinds.ServiceAccount, 'robot')],
    ['dies with its pod', () => remove(kinds.Pod, 'web')],
    [
      'dies with a pod of the same name made anew',
      async () => {
        await remove(kinds.Pod, 'web');
        await put(kinds.Pod, 'web', { metadata: { uid: 'pod-2' } });
      },
    ],
  ])('%s', async (_name, event) => {
    const { token } = await tokens.issue(request);
    await bearer(token);
    await event();
    await expect(bearer(token)).rejects.toMatchObject({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  });

  test('outlives the deletion time of its pod by a minute', async () => {
    const { token } = await tokens.issue(request);
    const pod = await store.get(objectKey(kinds.Pod, 'default', 'web'));
    const metadata = { ...pod?.object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    await store.update(pod?.key ?? '', { metadata }, pod?.revision ?? 0);
    await clock.advance(59_000);
    await bearer(token);
    await clock.advance(2_000);
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
  });

  test.each<[string, (token: string) => Promise<string> | string]>([
    [
      'altered',
      (token) => {
        const [header, , signature] = token.split('.');
        const forged = Buffer.from(JSON.stringify({ ...payloadOf(token), exp: 2e9 })).toString('base64url');
        return [header, forged, signature].join('.');
      },
    ],
    [
      'signed by another key',
      async () =>
        (
          await createTokens({ keys: createTokenKeys((await newServiceAccountKey()).privateKey), reads: createReads(store), clock }).issue(
            request,
          )
        ).token,
    ],
    [
      'of another issuer',
      async () => (await createTokens({ keys, reads: createReads(store), clock, issuer: 'https://else' }).issue(request)).token,
    ],
    ['for another audience', async () => (await tokens.issue({ ...request, audiences: ['vault'] })).token],
    ['no token at all', () => 'nonsense'],
  ])('%s does not count', async (_name, make) => {
    const { token } = await tokens.issue(request);
    await expect(bearer(await make(token))).rejects.toMatchObject({ code: 401 });
  });

  test('a review answers for the audiences that were asked', async () => {
    const { token } = await tokens.issue({ ...request, audiences: ['vault', 'db'] });
    const review = (audiences: string[]) => reviewToken({ metadata: {}, spec: { token, audiences } }, tokens);
    expect((await review(['vault', 'x'])).status).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: 'system:serviceaccount:default:robot' },
    });
    expect((await review(['x'])).status).toMatchObject({ error: expect.stringContaining('is invalid for the target audiences') });
  });
});

describe('a legacy token', () => {
  const legacy = () =>
    tokens.issueSecretToken({ namespace: 'default', secretName: 'robot-token', serviceAccountName: 'robot', serviceAccountUID: 'sa-1' });

  test('counts while its Secret holds it', async () => {
    const token = await legacy();
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
    await put(kinds.Secret, 'robot-token', { metadata: {}, data: { token: Buffer.from(token).toString('base64') } });
    expect((await bearer(token)).name).toBe('system:serviceaccount:default:robot');
    await remove(kinds.Secret, 'robot-token');
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
  });
});

describe('other credentials', () => {
  const authenticate = (credentials: Parameters<ReturnType<typeof createAuthenticator>['authenticate']>[0]) =>
    createAuthenticator({ tokens }).authenticate(credentials);
  test('a certificate is its common name and organizations', async () => {
    const certificate = { commonName: 'jane', organizations: ['dev'], fingerprint: 'AB:CD' };
    expect(await authenticate({ certificate, headers: {} })).toEqual({
      name: 'jane',
      groups: ['dev', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abcd'] },
    });
  });
  test('none is the anonymous user', async () => {
    expect(await authenticate({ headers: {} })).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
  });
});

test('the published keys verify what is signed', async () => {
  const { keys: published } = await keys.jwks();
  const { token } = await tokens.issue(request);
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  expect(published).toEqual([{ use: 'sig', kty: 'RSA', kid: header.kid, alg: 'RS256', n: expect.any(String), e: 'AQAB' }]);
});
