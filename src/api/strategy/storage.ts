import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../types/core-v1.ts';
import { type Strategy, typed } from './parts.ts';

export const persistentVolume: Pick<Strategy, 'create' | 'subresource'> = typed<PersistentVolume>({
  create(object) {
    if (object.metadata.creationTimestamp !== undefined && object.status !== undefined) {
      object.status.lastPhaseTransitionTime = object.metadata.creationTimestamp;
    }
  },
  subresource: {
    status(object, old, { now }) {
      const status = object.status;
      if (status === undefined || now === undefined) return;
      const given = status.lastPhaseTransitionTime;
      if (status.phase !== old.status?.phase && (given === undefined || given === old.status?.lastPhaseTransitionTime)) {
        status.lastPhaseTransitionTime = now;
      }
    },
  },
});

export const persistentVolumeClaim: Pick<Strategy, 'create' | 'update'> = typed<PersistentVolumeClaim>({
  create(object) {
    if (object.spec !== undefined) normalizeDataSources(object.spec);
  },
  update(object) {
    if (object.spec !== undefined) normalizeDataSources(object.spec);
  },
});

/** `dataSource` and `dataSourceRef` mirror each other unless the reference crosses namespaces. */
export function normalizeDataSources(spec: PersistentVolumeClaimSpec): void {
  const kinds = new Set(['PersistentVolumeClaim', 'VolumeSnapshot']);
  if (spec.dataSource !== undefined && !kinds.has(spec.dataSource.kind) && spec.dataSourceRef === undefined) delete spec.dataSource;
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef !== undefined && spec.dataSource === undefined && !spec.dataSourceRef.namespace) {
    const { namespace: _namespace, ...reference } = spec.dataSourceRef;
    if (kinds.has(reference.kind)) spec.dataSource = reference;
  }
}
