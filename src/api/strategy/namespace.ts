import type { Namespace, ServiceAccount } from '../types/core-v1.ts';
import { type Strategy, typed } from './parts.ts';

/** The `kubernetes` finalizer in spec is what keeps a namespace until its content is gone; only `finalize` may change it. */
export const namespace: Pick<Strategy, 'create' | 'update' | 'subresource'> = typed<Namespace>({
  create(object) {
    object.spec ??= {};
    const finalizers = object.spec.finalizers ?? [];
    object.spec.finalizers = finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'];
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name ?? '' };
  },
  update(object, old) {
    object.spec = { ...object.spec };
    if (old.spec?.finalizers === undefined) delete object.spec.finalizers;
    else object.spec.finalizers = old.spec.finalizers;
  },
  subresource: {
    finalize(object, old) {
      object.status = old.status ?? {};
    },
  },
});

/** Only the name of a mountable secret is kept. */
const nameSecrets = (account: ServiceAccount): void => {
  if (account.secrets !== undefined) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
};
export const serviceAccount: Pick<Strategy, 'create' | 'update'> = typed<ServiceAccount>({
  create: nameSecrets,
  update: nameSecrets,
});
