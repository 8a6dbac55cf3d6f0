import { kinds } from '../../api/scheme.ts';
import type { TokenRequest } from '../../api/types/authentication-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../util/clock.ts';

interface Issued {
  token: string;
  refreshAt: number;
}

export interface TokenSource {
  /** A token bound to the pod, from the cache until it is due for renewal. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<{ token: string; refreshMs: number }>;
  forget(uid: string): void;
}

const dayMs = 24 * 3600 * 1000;
const usedUp = 0.8;

/** Service account tokens for projected volumes: renewed after 80% of their life or a day (pkg/kubelet/token). */
export function createTokenSource({ client, clock }: { client: Client; clock: Clock }): TokenSource {
  const byPod = new Map<string, Map<string, Issued>>();
  return {
    async token(pod, audience, expirationSeconds) {
      const { name = '', namespace = '', uid = '' } = pod.metadata;
      const tokens = byPod.get(uid) ?? new Map<string, Issued>();
      byPod.set(uid, tokens);
      const key = `${audience ?? ''}/${expirationSeconds}`;
      let issued = tokens.get(key);
      if (issued === undefined || clock.now() >= issued.refreshAt) {
        const request: TokenRequest = {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: {},
          spec: {
            audiences: audience === undefined || audience === '' ? [] : [audience],
            expirationSeconds,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
          },
        };
        const account = pod.spec?.serviceAccountName ?? 'default';
        const answer = await client.createSubresource<TokenRequest>(kinds.ServiceAccount, account, namespace, 'token', request);
        const expiresAt = Date.parse(answer.status?.expirationTimestamp ?? '');
        const life = Number.isNaN(expiresAt) ? expirationSeconds * 1000 : expiresAt - clock.now();
        issued = { token: answer.status?.token ?? '', refreshAt: clock.now() + Math.min(life * usedUp, dayMs) };
        tokens.set(key, issued);
      }
      return { token: issued.token, refreshMs: Math.max(1, issued.refreshAt - clock.now()) };
    },
    forget: (uid) => void byPod.delete(uid),
  };
}
