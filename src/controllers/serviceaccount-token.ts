import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Secret } from '../api/types/core-v1.ts';
import { modifyObject } from '../client/retry.ts';
import type { StartController } from './context.ts';
import { isDeleting, nameOf, namespaceOf, uidOf } from './lib/objects.ts';

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Fills hand-made token Secrets of a ServiceAccount, and deletes those whose account is gone. */
export const serviceAccountTokenController: StartController = ({ client, clock, config, informers }) => {
  const issue = config.issueSecretToken;
  if (issue === undefined) return [];
  const secrets = informers.informer(kinds.Secret, { fieldSelector: `type=${tokenType}` });
  const accounts = informers.informer(kinds.ServiceAccount);
  const accountKey = (secret: Secret): string => `${namespaceOf(secret)}/${secret.metadata.annotations?.[nameAnnotation] ?? ''}`;
  return {
    name: 'serviceaccount-token-controller',
    watch(enqueue) {
      secrets.on({ add: (secret) => enqueue(keyOf(secret)), update: (secret) => enqueue(keyOf(secret)) });
      const enqueueSecrets = (account: { metadata: Secret['metadata'] }): void => {
        for (const secret of secrets.list(account.metadata.namespace)) if (accountKey(secret) === keyOf(account)) enqueue(keyOf(secret));
      };
      accounts.on({ add: enqueueSecrets, delete: enqueueSecrets });
    },
    async reconcile(key) {
      const secret = secrets.get(key);
      if (secret === undefined || isDeleting(secret)) return;
      const name = secret.metadata.annotations?.[nameAnnotation];
      if (name === undefined) return;
      const account = await client.get(kinds.ServiceAccount, name, namespaceOf(secret)).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      const uid = secret.metadata.annotations?.[uidAnnotation];
      if (account === undefined || (uid !== undefined && uid !== uidOf(account))) {
        await client
          .delete(kinds.Secret, nameOf(secret), namespaceOf(secret), { preconditions: { uid: uidOf(secret) } })
          .catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
        return;
      }
      const ca: Record<string, string> = config.rootCA === undefined ? {} : { 'ca.crt': base64(config.rootCA) };
      const complete =
        ['token', 'namespace', ...Object.keys(ca)].every((field) => (secret.data?.[field] ?? '') !== '') && uid !== undefined;
      if (complete) return;
      const token =
        secret.data?.['token'] ??
        base64(
          await issue({
            namespace: namespaceOf(secret),
            secretName: nameOf(secret),
            serviceAccountName: name,
            serviceAccountUID: uidOf(account),
          }),
        );
      await modifyObject({ client, clock }, kinds.Secret, secret, (copy) => {
        copy.metadata.annotations = { ...copy.metadata.annotations, [uidAnnotation]: uidOf(account) };
        copy.data = { ...copy.data, ...ca, namespace: base64(namespaceOf(secret)), token };
      });
    },
  };
};
