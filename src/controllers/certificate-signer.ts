import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { CertificateSigningRequest } from '../api/types/certificates-v1.ts';
import { timestamp } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import { signRequest } from '../util/pki.ts';
import type { StartController } from './context.ts';
import { isTrue } from './lib/conditions.ts';

/** Signers that this cluster answers for, and what their certificates may be used for. */
const signers: Record<string, readonly ('client' | 'server')[]> = {
  'kubernetes.io/kube-apiserver-client': ['client'],
  'kubernetes.io/kube-apiserver-client-kubelet': ['client'],
  'kubernetes.io/kubelet-serving': ['server'],
};
const longestDays = 365;

const isDue = ({ spec, status }: CertificateSigningRequest): boolean =>
  signers[spec.signerName] !== undefined &&
  isTrue(status?.conditions, 'Approved') &&
  !isTrue(status?.conditions, 'Failed') &&
  (status?.certificate ?? '') === '';

/** Signs approved CertificateSigningRequests of the built-in signers; approving is left to people. */
export const certificateSigner: StartController = ({ client, clock, config, informers }) => {
  const ca = config.clusterSigning;
  if (ca === undefined) return [];
  const requests = informers.informer(kinds.CertificateSigningRequest);
  return {
    name: 'certificatesigningrequest-signing-controller',
    watch(enqueue) {
      const consider = (request: CertificateSigningRequest): void => {
        if (isDue(request)) enqueue(keyOf(request));
      };
      requests.on({ add: consider, update: consider });
    },
    async reconcile(key) {
      const request = requests.get(key);
      if (request === undefined || !isDue(request)) return;
      const pem = Buffer.from(request.spec.request, 'base64').toString();
      const days = Math.min(longestDays, (request.spec.expirationSeconds ?? longestDays * 86_400) / 86_400);
      let status = { ...request.status };
      try {
        const certificate = await signRequest(ca, pem, { usages: signers[request.spec.signerName] ?? [], days });
        status = { ...status, certificate: Buffer.from(certificate).toString('base64') };
      } catch (error) {
        const now = timestamp(clock);
        const failed = {
          type: 'Failed',
          status: 'True',
          reason: 'SigningError',
          message: messageOf(error),
          lastUpdateTime: now,
          lastTransitionTime: now,
        };
        status = { ...status, conditions: [...(status.conditions ?? []), failed] };
      }
      await client.updateStatus(kinds.CertificateSigningRequest, { ...request, status });
    },
  };
};
