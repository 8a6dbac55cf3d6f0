import type { ServerPki } from '../cluster/role-config.ts';
import { createCA, issueCert, newServiceAccountKey } from '../util/pki.ts';

let made: Promise<ServerPki> | undefined;

/**
 * Certificates and keys for the clusters of this process, made once: they take longer than a whole cluster does, and whoever
 * can read one cluster's in memory can read all of them.
 */
export function processPki(): Promise<ServerPki> {
  made ??= makePki();
  return made;
}

async function makePki(): Promise<ServerPki> {
  const serviceAccountKey = newServiceAccountKey();
  const ca = await createCA('kubernetes');
  const [apiServer, kubeletClient, admin, serviceAccount] = await Promise.all([
    issueCert(ca, { commonName: 'kube-apiserver', dnsNames: ['localhost'], ips: ['127.0.0.1'], usages: ['server'] }),
    issueCert(ca, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'], usages: ['client'] }),
    issueCert(ca, { commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'] }),
    serviceAccountKey,
  ]);
  return { ca, apiServer, kubeletClient, admin, serviceAccount };
}
