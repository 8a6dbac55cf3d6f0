import { timingSafeEqual } from 'node:crypto';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Reads } from './reads.ts';
import {
  credentialIdExtra,
  nodeNameExtra,
  nodeUidExtra,
  podNameExtra,
  podUidExtra,
  serviceAccountsGroup,
  serviceAccountUserName,
  type UserInfo,
} from './user.ts';

export interface TokenObject {
  name: string;
  uid: string;
}

/** The payload of a service-account token; the keys with slashes are those of legacy tokens. */
export interface TokenClaims {
  aud?: string | string[];
  exp?: number;
  iat?: number;
  iss?: string;
  jti?: string;
  nbf?: number;
  sub?: string;
  'kubernetes.io'?: {
    namespace: string;
    serviceaccount: TokenObject;
    pod?: TokenObject;
    secret?: TokenObject;
    node?: TokenObject;
    warnafter?: number;
  };
  'kubernetes.io/serviceaccount/namespace'?: string;
  'kubernetes.io/serviceaccount/secret.name'?: string;
  'kubernetes.io/serviceaccount/service-account.name'?: string;
  'kubernetes.io/serviceaccount/service-account.uid'?: string;
}

/** A deleted pod's token is good until this long after its deletion time, so that it can finish what it does. */
const deletionLeewayMs = 60_000;
const clockSkewSeconds = 10;

const serviceAccountUser = (namespace: string, name: string, uid: string, extra?: UserInfo['extra']): UserInfo => ({
  name: serviceAccountUserName(namespace, name),
  uid,
  groups: [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`],
  ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
});

/** Throws unless the object is there with that uid and has not been deleted longer than the leeway ago. */
async function stillThere<T extends KubeObject>(
  reads: Reads,
  kind: Kind<T>,
  namespace: string | undefined,
  claim: TokenObject,
  now: number,
): Promise<T> {
  const object = await reads.get(kind, claim.name, namespace);
  if (object === undefined) throw new Error(`${kind.kind} ${claim.name} of the token is gone`);
  if (object.metadata.uid !== claim.uid) throw new Error(`${kind.kind} UID (${object.metadata.uid}) does not match claim (${claim.uid})`);
  const deleted = object.metadata.deletionTimestamp;
  if (deleted !== undefined && Date.parse(deleted) + deletionLeewayMs < now) throw new Error(`${kind.kind} ${claim.name} has been deleted`);
  return object;
}

/** Checks time and bound objects (upstream: `pkg/serviceaccount/claims.go`). */
export async function checkToken(claims: TokenClaims, reads: Reads, now: number): Promise<UserInfo> {
  const seconds = now / 1000;
  if (claims.exp === undefined || seconds > claims.exp + clockSkewSeconds) throw new Error('service account token has expired');
  if (claims.nbf !== undefined && seconds < claims.nbf - clockSkewSeconds) throw new Error('service account token is not valid yet');
  const own = claims['kubernetes.io'];
  if (own === undefined) throw new Error('service account token claims could not be validated');
  const { namespace, serviceaccount, pod, secret, node } = own;
  await stillThere(reads, kinds.ServiceAccount, namespace, serviceaccount, now);
  if (secret !== undefined) await stillThere(reads, kinds.Secret, namespace, secret, now);
  if (pod !== undefined) await stillThere(reads, kinds.Pod, namespace, pod, now);
  // Beside a pod, the node is information only: the pod's own life decides.
  if (node !== undefined && pod === undefined) await stillThere(reads, kinds.Node, undefined, node, now);
  const extra: Record<string, string[]> = {};
  if (pod !== undefined) Object.assign(extra, { [podNameExtra]: [pod.name], [podUidExtra]: [pod.uid] });
  if (node !== undefined) extra[nodeNameExtra] = [node.name];
  if (node !== undefined && node.uid !== '') extra[nodeUidExtra] = [node.uid];
  if (claims.jti !== undefined) extra[credentialIdExtra] = [`JTI=${claims.jti}`];
  return serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid, extra);
}

/** Checks a token kept in a Secret of type `kubernetes.io/service-account-token` (upstream: `pkg/serviceaccount/legacy.go`). */
export async function checkLegacyToken(claims: TokenClaims, token: string, reads: Reads): Promise<UserInfo> {
  const namespace = claims['kubernetes.io/serviceaccount/namespace'] ?? '';
  const name = claims['kubernetes.io/serviceaccount/service-account.name'] ?? '';
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid'] ?? '';
  const secretName = claims['kubernetes.io/serviceaccount/secret.name'] ?? '';
  for (const [claim, value] of Object.entries({ namespace, name, uid, 'secret name': secretName })) {
    if (value === '') throw new Error(`${claim} claim is missing`);
  }
  if (claims.sub !== serviceAccountUserName(namespace, name)) throw new Error('sub claim does not match the service account');
  const secret = await reads.get(kinds.Secret, secretName, namespace);
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined)
    throw new Error('service account token has been invalidated');
  const stored = Buffer.from(secret.data?.['token'] ?? '', 'base64');
  const given = Buffer.from(token);
  if (stored.length !== given.length || !timingSafeEqual(stored, given))
    throw new Error("service account token doesn't match server's copy");
  const account = await reads.get(kinds.ServiceAccount, name, namespace);
  if (account === undefined || account.metadata.deletionTimestamp !== undefined) throw new Error('service account has been deleted');
  if (account.metadata.uid !== uid) throw new Error(`service account UID (${account.metadata.uid}) does not match claim (${uid})`);
  return serviceAccountUser(namespace, name, uid);
}
