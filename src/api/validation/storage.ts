import { semanticEqual } from '../deep-equal.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../types/core-v1.ts';
import type { CSIDriver, CSINode, VolumeAttachment } from '../types/storage-v1.ts';
import { accessModeRules, claimSpec, volumeModes } from './claim-spec.ts';
import { compare, entries, immutable, nonNegativeQuantity, optionalOneOf, positiveQuantity } from './common.ts';
import { driverName } from './driver-name.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check } from './formats.ts';
import { metaOnUpdate, objectMeta, objectMetaUpdate } from './meta.ts';
import { specDifference } from './pod/difference.ts';
import { noBacksteps } from './pod/paths.ts';
import { nodeSelectorRules } from './pod/scheduling.ts';

const plainSpec = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

export function* persistentVolume({ metadata, spec = {} }: PersistentVolume): Errors {
  yield* objectMeta(kinds.PersistentVolume, metadata);
  if ((spec.accessModes ?? []).length === 0) yield required('spec.accessModes');
  yield* accessModeRules('spec.accessModes', spec.accessModes);
  if (Object.keys(spec.capacity ?? {}).length === 0) yield required('spec.capacity');
  else if (spec.capacity?.['storage'] === undefined || Object.keys(spec.capacity).length > 1) {
    yield notSupported('spec.capacity', spec.capacity, ['storage']);
  }
  for (const [name, quantity] of Object.entries(spec.capacity ?? {})) yield* positiveQuantity(`spec.capacity[${name}]`, quantity);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy) yield* optionalOneOf('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']);
  if (spec.nodeAffinity !== undefined) {
    if (spec.nodeAffinity.required === undefined) yield required('spec.nodeAffinity.required', 'must specify required node constraints');
    else yield* nodeSelectorRules('spec.nodeAffinity.required', spec.nodeAffinity.required);
  }
  yield* source(spec);
  if (spec.hostPath?.path === '/' && policy === 'Recycle') {
    yield forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'");
  }
  if (spec.storageClassName) yield* check('spec.storageClassName', spec.storageClassName, subdomainErrors);
  yield* optionalOneOf('spec.volumeMode', spec.volumeMode, volumeModes);
}

function* source(spec: NonNullable<PersistentVolume['spec']>): Errors {
  const given = Object.entries(spec).filter(([name, value]) => value !== undefined && !plainSpec.has(name));
  if (given.length === 0) yield required('spec', 'must specify a volume type');
  for (const [name] of given.slice(1)) yield forbidden(`spec.${name}`, 'may not specify more than 1 volume type');
  if (spec.hostPath !== undefined) {
    if (!spec.hostPath.path) yield required('spec.hostPath.path');
    else yield* noBacksteps('spec.hostPath.path', spec.hostPath.path);
  }
  if (spec.local !== undefined) {
    if (!spec.local.path) yield required('spec.local.path');
    else yield* noBacksteps('spec.local.path', spec.local.path);
    if (spec.nodeAffinity?.required === undefined) yield required('spec.nodeAffinity', 'Local volume requires node affinity');
  }
  if (spec.nfs !== undefined) {
    if (!spec.nfs.server) yield required('spec.nfs.server');
    if (!spec.nfs.path) yield required('spec.nfs.path');
    else if (!spec.nfs.path.startsWith('/')) yield invalid('spec.nfs.path', spec.nfs.path, 'must be an absolute path');
  }
  if (spec.csi !== undefined) {
    if (!spec.csi.driver) yield required('spec.csi.driver');
    if (!spec.csi.volumeHandle) yield required('spec.csi.volumeHandle');
  }
}

export function* persistentVolumeUpdate(object: PersistentVolume, old: PersistentVolume): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* persistentVolume(object);
  const sourceOf = ({ spec }: PersistentVolume): object =>
    Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => !plainSpec.has(name)));
  if (!semanticEqual(sourceOf(object), sourceOf(old))) {
    const difference = specDifference(sourceOf(old), sourceOf(object));
    yield forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${difference}`);
  }
  yield* immutable('volumeMode', object.spec?.volumeMode, old.spec?.volumeMode);
  if (old.spec?.nodeAffinity !== undefined) {
    yield* immutable('spec.nodeAffinity', object.spec?.nodeAffinity, old.spec.nodeAffinity);
  }
}

export function* claim({ metadata, spec }: PersistentVolumeClaim): Errors {
  yield* objectMeta(kinds.PersistentVolumeClaim, metadata);
  yield* claimSpec('spec', spec);
}

const claimUpdatable = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A claim is fixed once made: it may be bound, and grow while bound. */
export function* claimUpdate(object: PersistentVolumeClaim, old: PersistentVolumeClaim): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* claim(object);
  const spec = structuredClone(object.spec ?? {});
  const before = structuredClone(old.spec ?? {});
  if (!before.volumeName) {
    if (spec.volumeName === undefined) delete before.volumeName;
    else before.volumeName = spec.volumeName;
  }
  if (before.storageClassName === undefined && spec.storageClassName !== undefined) before.storageClassName = spec.storageClassName;
  const size = spec.resources?.requests?.['storage'];
  const oldSize = old.spec?.resources?.requests?.['storage'];
  if (object.status?.phase === 'Bound') {
    if (spec.resources?.requests !== undefined && oldSize !== undefined) spec.resources.requests['storage'] = oldSize;
    if (spec.volumeAttributesClassName !== undefined) {
      if (before.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
      else spec.volumeAttributesClassName = before.volumeAttributesClassName;
    }
  }
  if (!semanticEqual(spec, before)) yield forbidden('spec', `${claimUpdatable}\n${specDifference(before, spec)}`);
  if ((compare(size, oldSize) ?? 0) < 0 && (compare(size, old.status?.capacity?.['storage']) ?? 0) <= 0) {
    yield forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity');
  }
  yield* immutable('volumeMode', object.spec?.volumeMode, old.spec?.volumeMode);
}

export function* claimStatusUpdate(object: PersistentVolumeClaim, old: PersistentVolumeClaim): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  if ((object.spec?.accessModes ?? []).length === 0) yield required('Spec.accessModes');
  for (const [name, quantity] of Object.entries(object.status?.capacity ?? {})) {
    yield* nonNegativeQuantity(`status.capacity[${name}]`, quantity);
  }
}

export function* csiDriver({ metadata, spec }: CSIDriver): Errors {
  yield* objectMeta(kinds.CSIDriver, metadata);
  if (metadata.name) yield* driverName('metadata.name', metadata.name);
  yield* optionalOneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    yield* optionalOneOf('spec.volumeLifecycleModes', mode, ['Ephemeral', 'Persistent']);
  }
  for (const [i, { expirationSeconds }] of entries(spec.tokenRequests)) {
    if (expirationSeconds === undefined) continue;
    const at = `spec.tokenRequests[${i}].expirationSeconds`;
    if (expirationSeconds < 600) yield invalid(at, expirationSeconds, 'may not specify a duration less than 10 minutes');
  }
}
export function* csiDriverUpdate(object: CSIDriver, old: CSIDriver): Errors {
  yield* metaOnUpdate(kinds.CSIDriver, object.metadata, old.metadata);
  yield* immutable('spec.attachedRequired', object.spec.attachRequired, old.spec.attachRequired);
  yield* immutable('spec.volumeLifecycleModes', object.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes);
}

export function* csiNode({ metadata, spec }: CSINode): Errors {
  yield* objectMeta(kinds.CSINode, metadata);
  const names = new Set<string>();
  for (const [i, driver] of entries(spec.drivers)) {
    const at = `spec.drivers[${i}]`;
    yield* driverName(`${at}.name`, driver.name);
    if (!driver.nodeID) yield required(`${at}.nodeID`);
    if (names.has(driver.name)) yield duplicate(`${at}.name`, driver.name);
    names.add(driver.name);
  }
}
export function* volumeAttachment({ metadata, spec }: VolumeAttachment): Errors {
  yield* objectMeta(kinds.VolumeAttachment, metadata);
  yield* driverName('spec.attacher', spec.attacher);
  if (!spec.source?.persistentVolumeName && spec.source?.inlineVolumeSpec === undefined) {
    yield required('spec.source', 'must specify one of inlineVolumeSpec and persistentVolumeName');
  }
  if (!spec.nodeName) yield required('spec.nodeName');
  else yield* check('spec.nodeName', spec.nodeName, subdomainErrors);
}
export function* volumeAttachmentUpdate(object: VolumeAttachment, old: VolumeAttachment): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* volumeAttachment(object);
  yield* immutable('spec', object.spec, old.spec);
}
