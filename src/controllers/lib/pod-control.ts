import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError, isNotFound } from '../../api/status.ts';
import type { Pod, PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { ownerReference } from '../../client/owner.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { messageOf } from '../../util/errors.ts';
import { nameOf, namespaceOf } from './objects.ts';

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A pod of this template managed by `owner`; its name is generated from the owner's. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubeObject, ownerKind: Kind): Pod {
  const name = nameOf(owner);
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: namespaceOf(owner),
      generateName: dnsSubdomain.test(name) ? `${name}-` : name,
      labels: { ...labels },
      annotations: { ...annotations },
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [ownerReference(ownerKind, owner)],
    },
    ...(template.spec === undefined ? {} : { spec: structuredClone(template.spec) }),
  };
}

/** A create that failed because its namespace is being deleted: neither an event nor a retry is due. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError && (error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false);

/** Creates and deletes pods for an owner and says so in events with upstream's wording. */
export interface PodControl {
  create(pod: Pod, owner: KubeObject): Promise<Pod>;
  /** A pod that is already gone throws NotFound. */
  delete(pod: Pod, owner: KubeObject): Promise<void>;
}

export function createPodControl(client: Client, recorder: EventRecorder): PodControl {
  return {
    async create(pod, owner) {
      try {
        const created = await client.create(kinds.Pod, pod);
        recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(created)}`);
        return created;
      } catch (error) {
        if (!isNamespaceTerminating(error)) recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
        throw error;
      }
    },
    async delete(pod, owner) {
      try {
        await client.delete(kinds.Pod, nameOf(pod), pod.metadata.namespace);
        recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
      } catch (error) {
        if (!isNotFound(error)) recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
    },
  };
}
