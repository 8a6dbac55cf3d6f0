/** Rules of the sources that pods and PersistentVolumes mount alike. */
import { subdomainErrors } from '../qualified-name.ts';
import type { CSIPersistentVolumeSource, CSIVolumeSource, FCVolumeSource, ISCSIVolumeSource, NFSVolumeSource } from '../types/core-v1.ts';
import { csiDriverName } from './driver-name.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';

/** Source → fields that must be there, of sources about which nothing more is asked. The drivers of most are gone; their fields stay checked. */
const plainSources: Record<string, readonly string[]> = {
  awsElasticBlockStore: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  azureFile: ['secretName', 'shareName'],
  cephfs: ['monitors'],
  cinder: ['volumeID'],
  flexVolume: ['driver'],
  gcePersistentDisk: ['pdName'],
  glusterfs: ['endpoints', 'path'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  quobyte: ['registry', 'volume'],
  rbd: ['monitors', 'image'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  vsphereVolume: ['volumePath'],
};

/** What a source of this type must say, `value` being the source and `field` where it is; nothing for types with rules of their own. */
export function* plainSource(field: string, type: string, value: object): Errors {
  for (const part of plainSources[type] ?? []) {
    const given = (value as Record<string, unknown>)[part];
    if ((given ?? '') === '' || (Array.isArray(given) && given.length === 0)) yield required(`${field}.${part}`);
  }
}

export function* nfsSource(field: string, { server, path }: NFSVolumeSource): Errors {
  if (!server) yield required(`${field}.server`);
  if (!path) yield required(`${field}.path`);
  if (!path?.startsWith('/')) yield invalid(`${field}.path`, path ?? '', 'must be an absolute path');
}

const range = 'must be between 0 and 255, inclusive';
const outOfRange = (lun: number): boolean => lun < 0 || lun > 255;

/** The three spellings of an initiator's or target's name (RFC 3720), by how they start. */
const iscsiNames: readonly [prefix: string, pattern: RegExp][] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
];
function* iscsiName(field: string, name: string): Errors {
  const [, pattern] = iscsiNames.find(([prefix]) => name.startsWith(prefix)) ?? [];
  if (pattern === undefined) yield invalid(field, name, 'must be valid format starting with iqn, eui, or naa');
  else if (!pattern.test(name)) yield invalid(field, name, 'must be valid format');
}

/** `source` of a pod or of a volume: only the latter's secret names a namespace. */
export function* iscsiSource(
  field: string,
  source: Omit<ISCSIVolumeSource, 'secretRef'> & { secretRef?: { name?: string } | undefined },
): Errors {
  if (!source.targetPortal) yield required(`${field}.targetPortal`);
  if (!source.iqn) yield required(`${field}.iqn`);
  else yield* iscsiName(`${field}.iqn`, source.iqn);
  if (outOfRange(source.lun)) yield invalid(`${field}.lun`, source.lun, range);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && source.secretRef === undefined) yield required(`${field}.secretRef`);
  if (source.initiatorName !== undefined) yield* iscsiName(`${field}.initiatorname`, source.initiatorName);
}

export function* fibreChannelSource(field: string, { targetWWNs = [], wwids = [], lun }: FCVolumeSource): Errors {
  if (targetWWNs.length === 0 && wwids.length === 0) {
    yield required(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both');
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    yield invalid(`${field}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously');
  }
  if (targetWWNs.length === 0) return;
  if (lun === undefined) yield required(`${field}.lun`, 'lun is required if targetWWNs is specified');
  else if (outOfRange(lun)) yield invalid(`${field}.lun`, lun, range);
}

/** A CSI volume written into a pod. Upstream has a blank in the path of its secret. */
export function* csiSource(field: string, { driver, nodePublishSecretRef }: CSIVolumeSource): Errors {
  yield* csiDriverName(`${field}.driver`, driver);
  if (nodePublishSecretRef === undefined) return;
  if (!nodePublishSecretRef.name) yield required(`${field}.nodePublishSecretRef .name`);
  else yield* check(`${field}.name`, nodePublishSecretRef.name, subdomainErrors);
}

const csiSecrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const;

export function* csiPersistentSource(field: string, source: CSIPersistentVolumeSource): Errors {
  yield* csiDriverName(`${field}.driver`, source.driver);
  if (!source.volumeHandle) yield required(`${field}.volumeHandle`);
  for (const part of csiSecrets) {
    const secret = source[part];
    if (secret === undefined) continue;
    if (!secret.name) yield required(`${field}.${part}.name`);
    else yield* check(`${field}.${part}.name`, secret.name, subdomainErrors);
    if (!secret.namespace) yield required(`${field}.${part}.namespace`);
    else yield* check(`${field}.${part}.namespace`, secret.namespace, dnsLabel);
  }
}
