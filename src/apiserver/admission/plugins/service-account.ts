import { kinds } from '../../../api/scheme.ts';
import type { Pod, PodSpec, ServiceAccount, Volume } from '../../../api/types/core-v1.ts';
import { type AdmissionPlugin, admissionForbidden, createdPod, isMirrorPod } from '../plugin.ts';

export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** Upstream's suffix alphabet: no vowels and nothing that reads like another character. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Gives every pod its service account, that account's pull secrets, and a token to call the API with. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  async mutate(attributes, context) {
    const pod = createdPod(attributes);
    if (pod?.spec === undefined || isMirrorPod(pod)) return;
    const { spec } = pod;
    const name = spec.serviceAccountName || 'default';
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = await context.get(kinds.ServiceAccount, name, attributes.namespace);
    if (account === undefined) {
      const text = `error looking up service account ${attributes.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
      throw admissionForbidden(attributes, text);
    }
    if (mountsToken(spec, account)) mountToken(spec, context.random);
    if ((spec.imagePullSecrets?.length ?? 0) === 0 && (account.imagePullSecrets?.length ?? 0) > 0) {
      spec.imagePullSecrets = structuredClone(account.imagePullSecrets ?? []);
    }
  },
  validate(attributes) {
    const pod = createdPod(attributes);
    if (pod === undefined || !isMirrorPod(pod)) return;
    const refused = mirrorPodProblem(pod);
    if (refused !== undefined) throw admissionForbidden(attributes, refused);
  },
};

const mountsToken = (spec: PodSpec, account: ServiceAccount): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

function mountToken(spec: PodSpec, random: () => number): void {
  // A pod that was copied from a running one brings the volume along.
  let name = spec.volumes?.find((volume) => volume.name.startsWith(volumePrefix))?.name;
  const brought = name !== undefined;
  name ??= volumePrefix + Array.from({ length: 5 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some(({ mountPath }) => mountPath === tokenMountPath)) continue;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: tokenMountPath }];
    used = true;
  }
  if (used && !brought) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
    defaultMode: 420,
  },
});

/** A mirror pod stands for a static one, which has no access to the API. */
function mirrorPodProblem({ spec }: Pod): string | undefined {
  if ((spec?.serviceAccountName ?? '') !== '') return 'a mirror pod may not reference service accounts';
  const bound = spec?.volumes?.some(
    ({ secret, projected }) => secret !== undefined || projected?.sources?.some((source) => source.serviceAccountToken !== undefined),
  );
  return bound === true ? 'a mirror pod may not reference secrets or service account tokens' : undefined;
}
