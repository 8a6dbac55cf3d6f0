import { subdomainErrors } from '../../qualified-name.ts';
import type { DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume } from '../../types/core-v1.ts';
import { claimSpec } from '../claim-spec.ts';
import { compare, entries, optionalOneOf } from '../common.ts';
import { duplicate, type Errors, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { check, dnsLabel } from '../formats.ts';
import { csiSource, fibreChannelSource, iscsiSource, nfsSource, plainSource } from '../volume-sources.ts';
import { resourceSelector, volumeFieldSelector } from './env.ts';
import { noBacksteps, relativePath, volumeItemPath } from './paths.ts';

/** What differs between a pod and a pod template. */
export interface PodContext {
  /** The pod's name, where there is one. */
  podName?: string;
  /** False inside a template. */
  isPod: boolean;
}

const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';
function* fileMode(field: string, mode: number | undefined): Errors {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) yield invalid(field, mode, modeMessage);
}

/** The volumes' problems; names of valid volumes are added to `valid`, which mounts may then refer to. */
export function* volumeRules(field: string, volumes: Volume[] | undefined, context: PodContext, valid: Map<string, Volume>): Errors {
  const created = new Set((volumes ?? []).filter((one) => one.ephemeral !== undefined).map((one) => `${context.podName}-${one.name}`));
  for (const [i, volume] of entries(volumes)) {
    const at = `${field}[${i}]`;
    const problems: FieldError[] = [...source(at, volume, context)];
    if (!volume.name) problems.push(required(`${at}.name`));
    else problems.push(...check(`${at}.name`, volume.name, dnsLabel));
    if (valid.has(volume.name)) problems.push(duplicate(`${at}.name`, volume.name));
    if (problems.length === 0) valid.set(volume.name, volume);
    yield* problems;
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName !== undefined && context.podName !== undefined && created.has(claimName)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      yield invalid(`${at}.persistentVolumeClaim.claimName`, claimName, detail);
    }
  }
}

function* source(field: string, volume: Volume, context: PodContext): Errors {
  const given = Object.entries(volume).filter(([name, value]) => name !== 'name' && value !== undefined);
  if (given.length === 0) yield required(field, 'must specify a volume type');
  for (const [i, [type, value]] of given.entries()) {
    if (i > 0) yield forbidden(`${field}.${type}`, 'may not specify more than 1 volume type');
    else {
      yield* sourceRules(`${field}.${type}`, volume, context);
      yield* plainSource(`${field}.${type}`, type, value);
    }
  }
}

function* sourceRules(field: string, volume: Volume, context: PodContext): Errors {
  if (volume.emptyDir?.sizeLimit !== undefined && (compare(volume.emptyDir.sizeLimit, '0') ?? -1) < 0) {
    yield forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  }
  if (volume.hostPath !== undefined) {
    if (!volume.hostPath.path) yield required(`${field}.path`);
    else yield* noBacksteps(`${field}.path`, volume.hostPath.path);
    yield* optionalOneOf(`${field}.type`, volume.hostPath.type, hostPathTypes);
  }
  if (volume.secret !== undefined) {
    if (!volume.secret.secretName) yield required(`${field}.secretName`);
    yield* fileMode(`${field}.defaultMode`, volume.secret.defaultMode);
    yield* items(`${field}.items`, volume.secret.items);
  }
  if (volume.configMap !== undefined) {
    if (!volume.configMap.name) yield required(`${field}.name`);
    yield* fileMode(`${field}.defaultMode`, volume.configMap.defaultMode);
    yield* items(`${field}.items`, volume.configMap.items);
  }
  if (volume.downwardAPI !== undefined) {
    yield* fileMode(`${field}.defaultMode`, volume.downwardAPI.defaultMode);
    for (const [, file] of entries(volume.downwardAPI.items)) yield* downwardFile(field, file);
  }
  if (volume.projected !== undefined) yield* projected(field, volume.projected);
  if (volume.persistentVolumeClaim !== undefined && !volume.persistentVolumeClaim.claimName) yield required(`${field}.claimName`);
  if (volume.nfs !== undefined) yield* nfsSource(field, volume.nfs);
  if (volume.iscsi !== undefined) yield* iscsiSource(field, volume.iscsi);
  if (volume.fc !== undefined) yield* fibreChannelSource(field, volume.fc);
  if (volume.csi !== undefined) yield* csiSource(field, volume.csi);
  if (volume.gitRepo !== undefined) {
    if (!volume.gitRepo.repository) yield required(`${field}.repository`);
    yield* relativePath(`${field}.directory`, volume.gitRepo.directory ?? '');
  }
  if (volume.image !== undefined) {
    if (context.isPod && !volume.image.reference) yield required(`${field}.reference`);
    yield* optionalOneOf(`${field}.pullPolicy`, volume.image.pullPolicy, ['Always', 'IfNotPresent', 'Never']);
  }
  if (volume.ephemeral !== undefined) {
    const template = volume.ephemeral.volumeClaimTemplate;
    if (template === undefined) yield required(`${field}.volumeClaimTemplate`);
    else yield* claimSpec(`${field}.volumeClaimTemplate.spec`, template.spec);
    if (context.podName && volume.name) {
      const claim = `${context.podName}-${volume.name}`;
      for (const problem of subdomainErrors(claim)) {
        yield invalid(`${field.replace(/\.ephemeral$/, '')}.name`, volume.name, `PVC name ${JSON.stringify(claim)}: ${problem}`);
      }
    }
  }
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

function* items(field: string, list: KeyToPath[] | undefined): Errors {
  for (const [i, item] of entries(list)) {
    const at = `${field}[${i}]`;
    if (!item.key) yield required(`${at}.key`);
    if (!item.path) yield required(`${at}.path`);
    else yield* volumeItemPath(`${at}.path`, item.path);
    yield* fileMode(`${at}.mode`, item.mode);
  }
}

function* downwardFile(field: string, { path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile): Errors {
  if (!path) yield required(`${field}.path`);
  else yield* volumeItemPath(`${field}.path`, path);
  if (fieldRef !== undefined) {
    yield* volumeFieldSelector(`${field}.fieldRef`, fieldRef);
    if (resourceFieldRef !== undefined) {
      yield invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    }
  } else if (resourceFieldRef !== undefined) yield* resourceSelector(`${field}.resourceFieldRef`, resourceFieldRef, true);
  else yield required(field, 'one of fieldRef and resourceFieldRef is required');
  yield* fileMode(`${field}.mode`, mode);
}

function* projected(field: string, { sources, defaultMode }: ProjectedVolumeSource): Errors {
  yield* fileMode(`${field}.defaultMode`, defaultMode);
  const paths = new Set<string>();
  function* claim(path: string | undefined, value: string): Errors {
    if (path === undefined || path === '') return;
    if (paths.has(path)) yield invalid(field, value, 'conflicting duplicate paths');
    paths.add(path);
  }
  for (const [i, one] of entries(sources)) {
    const at = `${field}.sources[${i}]`;
    const given = Object.entries(one).filter(([, value]) => value !== undefined);
    if (given.length === 0) yield required(at, 'must specify a volume type');
    for (const [type] of given.slice(1)) yield forbidden(`${at}.${type}`, 'may not specify more than 1 volume type');
    for (const type of ['secret', 'configMap'] as const) {
      const keyed = one[type];
      if (keyed === undefined) continue;
      if (!keyed.name) yield required(`${at}.${type}.name`);
      yield* items(`${at}.${type}.items`, keyed.items);
      for (const item of keyed.items ?? []) yield* claim(item.path, keyed.name ?? '');
    }
    for (const file of one.downwardAPI?.items ?? []) {
      yield* downwardFile(`${at}.downwardAPI`, file);
      yield* claim(file.path, file.path);
    }
    const token = one.serviceAccountToken;
    if (token !== undefined) {
      const seconds = token.expirationSeconds ?? 0;
      const expiry = `${at}.serviceAccountToken.expirationSeconds`;
      if (seconds < 600) yield invalid(expiry, seconds, 'may not specify a duration less than 10 minutes');
      if (seconds > 2 ** 32) yield invalid(expiry, seconds, 'may not specify a duration larger than 2^32 seconds');
      if (!token.path) yield required(`${at}.serviceAccountToken.path`);
      else yield* volumeItemPath(`${at}.serviceAccountToken.path`, token.path);
      yield* claim(token.path, token.path);
    }
    if (one.clusterTrustBundle !== undefined) {
      if (!one.clusterTrustBundle.path) yield required(`${at}.clusterTrustBundle.path`);
      yield* claim(one.clusterTrustBundle.path, one.clusterTrustBundle.path);
    }
  }
}
