import { semanticEqual } from '../deep-equal.ts';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import { quantityToNumber } from '../quantity.ts';
import { kinds } from '../scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec } from '../types/core-v1.ts';
import type { CSIDriver, CSINode, VolumeAttachment } from '../types/storage-v1.ts';
import { accessModeRules, claimSpec, volumeModes } from './claim-spec.ts';
import { compare, entries, immutable, nonNegative, nonNegativeQuantity, optionalOneOf, positiveQuantity } from './common.ts';
import { csiDriverName } from './driver-name.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check } from './formats.ts';
import { metaOnUpdate, objectMeta, objectMetaUpdate } from './meta.ts';
import { specDifference } from './pod/difference.ts';
import { noBacksteps } from './pod/paths.ts';
import { nodeSelectorRules } from './pod/scheduling.ts';
import { csiPersistentSource, fibreChannelSource, iscsiSource, nfsSource, plainSource } from './volume-sources.ts';

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
  yield* volumeSpec('spec', spec);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (spec.hostPath?.path === '/' && policy === 'Recycle') {
    yield forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'");
  }
  if (spec.storageClassName) yield* check('spec.storageClassName', spec.storageClassName, subdomainErrors);
  yield* optionalOneOf('spec.volumeMode', spec.volumeMode, volumeModes);
}

function* volumeSpec(field: string, spec: PersistentVolumeSpec): Errors {
  if ((spec.accessModes ?? []).length === 0) yield required(`${field}.accessModes`);
  yield* accessModeRules(`${field}.accessModes`, spec.accessModes);
  const capacity = Object.entries(spec.capacity ?? {});
  if (capacity.length === 0) yield required(`${field}.capacity`);
  if (spec.capacity?.['storage'] === undefined || capacity.length > 1) {
    yield notSupported(`${field}.capacity`, spec.capacity ?? null, ['storage']);
  }
  for (const [name, quantity] of capacity) {
    const at = `${field}.capacity[${name}]`;
    if ((compare(quantity, '0') ?? 0) < 0) yield invalid(at, quantityToNumber(quantity), 'must be a valid resource quantity');
    yield* positiveQuantity(at, quantity);
  }
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy) yield* optionalOneOf(`${field}.persistentVolumeReclaimPolicy`, policy, ['Delete', 'Recycle', 'Retain']);
  if (spec.nodeAffinity !== undefined) {
    if (spec.nodeAffinity.required === undefined) {
      yield required(`${field}.nodeAffinity.required`, 'must specify required node constraints');
    } else yield* nodeSelectorRules(`${field}.nodeAffinity.required`, spec.nodeAffinity.required);
  }
  yield* source(field, spec);
}

const notInline = 'may not be specified in the context of inline volumes';

/** The volume that a VolumeAttachment carries in itself: of CSI, and nothing beyond what attaching needs. */
function* inlineVolumeSpec(field: string, spec: PersistentVolumeSpec): Errors {
  if (spec.claimRef !== undefined) yield forbidden(`${field}.claimRef`, notInline);
  if (Object.keys(spec.capacity ?? {}).length > 0) yield forbidden(`${field}.capacity`, notInline);
  if (spec.csi === undefined) yield required(`${field}.csi`, 'has to be specified in the context of inline volumes');
  if ((spec.accessModes ?? []).length === 0) yield required(`${field}.accessModes`);
  yield* accessModeRules(`${field}.accessModes`, spec.accessModes);
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== 'Retain') {
    yield forbidden(`${field}.persistentVolumeReclaimPolicy`, 'may only be Retain in the context of inline volumes');
  }
  if (spec.nodeAffinity !== undefined) yield forbidden(`${field}.nodeAffinity`, notInline);
  yield* source(field, spec);
  if (spec.storageClassName) yield forbidden(`${field}.storageClassName`, notInline);
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') {
    yield forbidden(`${field}.volumeMode`, 'may not specify volumeMode other than Filesystem in the context of inline volumes');
  }
}

function* source(field: string, spec: PersistentVolumeSpec): Errors {
  const given = Object.entries(spec).filter(([name, value]) => value !== undefined && !plainSpec.has(name));
  if (given.length === 0) yield required(field, 'must specify a volume type');
  for (const [name] of given.slice(1)) yield forbidden(`${field}.${name}`, 'may not specify more than 1 volume type');
  const [[type, value] = ['', {}]] = given;
  yield* plainSource(`${field}.${type}`, type, value as object);
  if (spec.hostPath !== undefined) {
    if (!spec.hostPath.path) yield required(`${field}.hostPath.path`);
    else yield* noBacksteps(`${field}.hostPath.path`, spec.hostPath.path);
  }
  if (spec.local !== undefined) {
    if (!spec.local.path) yield required(`${field}.local.path`);
    else yield* noBacksteps(`${field}.local.path`, spec.local.path);
    if (spec.nodeAffinity === undefined) yield required(`${field}.nodeAffinity`, 'Local volume requires node affinity');
  }
  if (spec.nfs !== undefined) yield* nfsSource(`${field}.nfs`, spec.nfs);
  if (spec.iscsi !== undefined) yield* iscsiSource(`${field}.iscsi`, spec.iscsi);
  if (spec.fc !== undefined) yield* fibreChannelSource(`${field}.fc`, spec.fc);
  if (spec.csi !== undefined) yield* csiPersistentSource(`${field}.csi`, spec.csi);
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
  if (metadata.name) yield* csiDriverName('metadata.name', metadata.name);
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

const longestNodeID = 192;

export function* csiNode({ metadata, spec }: CSINode): Errors {
  yield* objectMeta(kinds.CSINode, metadata);
  const names = new Set<string>();
  for (const [i, driver] of entries(spec.drivers)) {
    const at = `spec.drivers[${i}]`;
    yield* csiDriverName(`${at}.name`, driver.name);
    if (!driver.nodeID) yield required(`${at}.nodeID`);
    else if (driver.nodeID.length > longestNodeID) {
      yield invalid(`${at}.nodeID`, driver.nodeID, `must be ${longestNodeID} characters or less`);
    }
    yield* nonNegative(`${at}.allocatable.count`, driver.allocatable?.count);
    if (names.has(driver.name)) yield duplicate(`${at}.name`, driver.name);
    names.add(driver.name);
    yield* topologyKeys(at, driver.topologyKeys);
  }
}

/** Problems of keys are told of the driver as a whole. */
function* topologyKeys(field: string, keys: string[] | undefined): Errors {
  const seen = new Set<string>();
  for (const key of keys ?? []) {
    if (key === '') yield required(field);
    if (seen.has(key)) yield duplicate(field, key);
    seen.add(key);
    for (const problem of qualifiedNameErrors(key)) yield invalid(field, keys, problem);
  }
}

const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

export function* volumeAttachment({ metadata, spec }: VolumeAttachment): Errors {
  yield* objectMeta(kinds.VolumeAttachment, metadata);
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = spec.source ?? {};
  yield* csiDriverName('spec.attacher', spec.attacher);
  if (name === undefined && inline === undefined) yield required('spec.source', oneSource);
  else if (name !== undefined && inline !== undefined) yield forbidden('spec.source', oneSource);
  else if (name === '') yield required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName');
  else if (inline !== undefined) yield* inlineVolumeSpec('spec.source.inlineVolumeSpec', inline);
  yield* check('spec.nodeName', spec.nodeName ?? '', subdomainErrors);
  if (name !== undefined) yield* check('spec.source.persistentVolumeName', name, subdomainErrors);
}
export function* volumeAttachmentUpdate(object: VolumeAttachment, old: VolumeAttachment): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* volumeAttachment(object);
  yield* immutable('spec', object.spec, old.spec);
}
