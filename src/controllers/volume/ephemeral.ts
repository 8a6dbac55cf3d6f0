import { keyFor, keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isControlledBy, ownerReference } from '../../client/owner.ts';
import { messageOf } from '../../util/errors.ts';
import type { StartController } from '../context.ts';
import { podInformer } from '../lib/indexes.ts';
import { isDeleting, nameOf, namespaceOf } from '../lib/objects.ts';
import { isNamespaceTerminating } from '../lib/pod-control.ts';

/** Makes the claims of pods' generic ephemeral volumes; they are owned by the pod and go with it. */
export const ephemeralVolumeController: StartController = ({ client, informers, recorder: recorderFor }) => {
  const claims = informers.informer(kinds.PersistentVolumeClaim);
  const pods = podInformer(informers);
  const recorder = recorderFor('ephemeral_volume');
  const hasEphemeral = (pod: Pod): boolean => pod.spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true;
  return {
    name: 'ephemeral-volume-controller',
    watch(enqueue) {
      pods.on({
        add(pod) {
          if (hasEphemeral(pod) && !isDeleting(pod)) enqueue(keyOf(pod));
        },
      });
      claims.on({
        delete(claim) {
          const owner = claim.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller === true);
          if (owner !== undefined) enqueue(keyFor(owner.name, claim.metadata.namespace));
        },
      });
    },
    async reconcile(key) {
      const pod = pods.get(key);
      if (pod === undefined || isDeleting(pod)) return;
      for (const { name, ephemeral } of pod.spec?.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate;
        if (template === undefined) continue;
        const claimName = `${nameOf(pod)}-${name}`;
        const present = claims.get(keyFor(claimName, namespaceOf(pod)));
        if (present !== undefined) {
          if (isControlledBy(present, pod)) continue;
          const message = `PVC ${keyOf(present)} was not created for pod ${key} (pod is not owner)`;
          recorder.event(pod, 'Warning', 'FailedVolumeClaim', message);
          throw new Error(message);
        }
        const { labels, annotations } = template.metadata ?? {};
        const metadata = {
          name: claimName,
          namespace: namespaceOf(pod),
          ...(labels === undefined ? {} : { labels }),
          ...(annotations === undefined ? {} : { annotations }),
          ownerReferences: [ownerReference(kinds.Pod, pod)],
        };
        const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: structuredClone(template.spec) };
        await client.create(kinds.PersistentVolumeClaim, claim).catch((error: unknown) => {
          if (isAlreadyExists(error) || isNamespaceTerminating(error)) return;
          recorder.event(pod, 'Warning', 'FailedVolumeClaim', `ephemeral volume ${name}: create PVC ${claimName}: ${messageOf(error)}`);
          throw error;
        });
      }
    },
  };
};
