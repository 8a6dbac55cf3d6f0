import { kinds } from '../../api/scheme.ts';
import type { Pod, Volume } from '../../api/types/core-v1.ts';
import type { VolumeAttachment } from '../../api/types/storage-v1.ts';
import type { Store } from '../../store/store.ts';
import { follow } from './follow.ts';

/** Which objects a node has a reason to read (upstream: `plugin/pkg/auth/authorizer/node/graph.go`). */
export interface NodeGraph {
  /** Whether a pod bound to `node` refers to the object: `secret`, `configmap`, `pvc`, `pv`, `serviceaccount`; or it is the pod, or the attachment, itself. */
  reaches(node: string, type: ReferenceType, namespace: string, name: string): boolean;
}

export type ReferenceType = 'pod' | 'secret' | 'configmap' | 'pvc' | 'pv' | 'serviceaccount' | 'volumeattachment';

const reference = (type: ReferenceType, namespace: string, name: string): string => `${type} ${namespace}/${name}`;

export async function createNodeGraph(store: Store): Promise<NodeGraph> {
  /** Node → reference → how many pods hold it. */
  const held = new Map<string, Map<string, number>>();
  const volumeOfClaim = new Map<string, string>();
  const claimOfVolume = new Map<string, { namespace: string; name: string }>();

  const count = (node: string, references: Iterable<string>, by: 1 | -1): void => {
    const here = held.get(node) ?? new Map<string, number>();
    held.set(node, here);
    for (const key of references) {
      const left = (here.get(key) ?? 0) + by;
      if (left > 0) here.set(key, left);
      else here.delete(key);
    }
    if (here.size === 0) held.delete(node);
  };
  const nodeOf = (pod: Pod): string => pod.spec?.nodeName ?? '';
  const remove = (pod: Pod): void => {
    if (nodeOf(pod) !== '') count(nodeOf(pod), podReferences(pod), -1);
  };

  await follow(store, kinds.Pod, {
    set(pod, previous) {
      // A pod's references do not change once it is bound, save for ephemeral containers; status writes are the common case.
      if (previous !== undefined && previous.spec === pod.spec && previous.metadata.uid === pod.metadata.uid) return;
      if (previous !== undefined) remove(previous);
      if (nodeOf(pod) !== '') count(nodeOf(pod), podReferences(pod), 1);
    },
    remove,
  });
  await follow(store, kinds.PersistentVolumeClaim, {
    set: (claim) => {
      const key = reference('pvc', claim.metadata.namespace ?? '', claim.metadata.name ?? '');
      if (claim.spec?.volumeName) volumeOfClaim.set(key, claim.spec.volumeName);
      else volumeOfClaim.delete(key);
    },
    remove: (claim) => volumeOfClaim.delete(reference('pvc', claim.metadata.namespace ?? '', claim.metadata.name ?? '')),
  });
  await follow(store, kinds.PersistentVolume, {
    set: (volume) => {
      const ref = volume.spec?.claimRef;
      if (ref?.name !== undefined) claimOfVolume.set(volume.metadata.name ?? '', { namespace: ref.namespace ?? '', name: ref.name });
      else claimOfVolume.delete(volume.metadata.name ?? '');
    },
    remove: (volume) => claimOfVolume.delete(volume.metadata.name ?? ''),
  });
  const attachment = ({ metadata, spec }: VolumeAttachment, by: 1 | -1) =>
    count(spec.nodeName, [reference('volumeattachment', '', metadata.name ?? '')], by);
  await follow(store, kinds.VolumeAttachment, {
    set: (object, previous) => {
      if (previous !== undefined) attachment(previous, -1);
      attachment(object, 1);
    },
    remove: (object) => attachment(object, -1),
  });

  return {
    reaches(node, type, namespace, name) {
      const here = held.get(node);
      if (here === undefined) return false;
      if (type !== 'pv') return here.has(reference(type, namespace, name));
      const claim = claimOfVolume.get(name);
      if (claim === undefined) return false;
      const key = reference('pvc', claim.namespace, claim.name);
      return here.has(key) && volumeOfClaim.get(key) === name;
    },
  };
}

/** Everything that running `pod` makes a kubelet read. */
/** The types of what a pod refers to. */
export const referencedTypes = (pod: Pod): Set<ReferenceType> =>
  new Set([...podReferences(pod)].map((key) => key.slice(0, key.indexOf(' ')) as ReferenceType));

function podReferences(pod: Pod): Set<string> {
  const namespace = pod.metadata.namespace ?? '';
  const found = new Set<string>([reference('pod', namespace, pod.metadata.name ?? '')]);
  const add = (type: ReferenceType, name: string | undefined): void => {
    if (name !== undefined && name !== '') found.add(reference(type, namespace, name));
  };
  const { spec } = pod;
  if (spec === undefined) return found;
  add('serviceaccount', spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) add('secret', secret.name);
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      add('secret', valueFrom?.secretKeyRef?.name);
      add('configmap', valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      add('secret', secretRef?.name);
      add('configmap', configMapRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) addVolume(volume, pod, add);
  return found;
}

function addVolume(volume: Volume, pod: Pod, add: (type: ReferenceType, name: string | undefined) => void): void {
  add('secret', volume.secret?.secretName);
  add('configmap', volume.configMap?.name);
  add('pvc', volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral !== undefined) add('pvc', `${pod.metadata.name}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    add('secret', source.secret?.name);
    add('configmap', source.configMap?.name);
  }
  const direct = [volume.azureFile?.secretName, volume.csi?.nodePublishSecretRef?.name, volume.flexVolume?.secretRef?.name];
  const remote = [volume.cephfs?.secretRef?.name, volume.iscsi?.secretRef?.name, volume.rbd?.secretRef?.name];
  for (const name of [...direct, ...remote, volume.scaleIO?.secretRef?.name, volume.storageos?.secretRef?.name]) add('secret', name);
}
