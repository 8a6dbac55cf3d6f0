import { qualifiedNameErrors, subdomainErrors } from '../../qualified-name.ts';
import { formatQuantity, isZeroQuantity } from '../../quantity.ts';
import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from '../../types/core-v1.ts';
import { compare, entries } from '../common.ts';
import { type Errors, invalid, notFound, notSupported, required } from '../field-error.ts';
import { asPrefix, check, configMapKey, envVarName } from '../formats.ts';
import { nameReference } from '../meta.ts';
import { relativePath } from './paths.ts';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
/** Everything ConvertDownwardAPIFieldLabel knows; other paths fail before the list of what a place supports is asked. */
const knownFields = new Set([...envFields, ...volumeFields, 'spec.restartPolicy', 'spec.schedulerName', 'spec.host', 'status.phase']);
const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

export function* env(field: string, variables: EnvVar[] | undefined, volumes: ReadonlySet<string>): Errors {
  for (const [i, variable] of entries(variables)) {
    const at = `${field}[${i}]`;
    if (!variable.name) yield required(`${at}.name`);
    else yield* check(`${at}.name`, variable.name, envVarName);
    yield* valueFrom(`${at}.valueFrom`, variable, volumes);
  }
}

function* valueFrom(field: string, { value, valueFrom: source }: EnvVar, volumes: ReadonlySet<string>): Errors {
  if (source === undefined) return;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef !== undefined) yield* fieldSelector(`${field}.fieldRef`, fieldRef, envFields);
  if (resourceFieldRef !== undefined) yield* resourceSelector(`${field}.resourceFieldRef`, resourceFieldRef, false);
  for (const [name, reference] of Object.entries({ configMapKeyRef, secretKeyRef })) {
    if (reference === undefined) continue;
    for (const problem of subdomainErrors(reference.name ?? '')) yield invalid(`${field}.${name}.name`, reference.name ?? '', problem);
    if (!reference.key) yield required(`${field}.${name}.key`);
    else yield* check(`${field}.${name}.key`, reference.key, configMapKey);
  }
  if (fileKeyRef !== undefined) {
    const at = `${field}.fileKeyRef`;
    if (!fileKeyRef.key) yield required(`${at}.key`);
    else yield* check(`${at}.key`, fileKeyRef.key, envVarName);
    if (!fileKeyRef.volumeName) yield required(`${at}.volumeName`);
    else if (!volumes.has(fileKeyRef.volumeName)) yield notFound(`${at}.volumeName`, fileKeyRef.volumeName);
    if (!fileKeyRef.path) yield required(`${at}.path`);
    else yield* relativePath(`${at}.path`, fileKeyRef.path);
  }
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((one) => one !== undefined).length;
  if (sources === 0) {
    yield invalid(field, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  } else if (value) yield invalid(field, '', 'may not be specified when `value` is not empty');
  else if (sources > 1) yield invalid(field, '', 'may not have more than one field specified at a time');
}

export const volumeFieldSelector = (field: string, selector: ObjectFieldSelector): Errors => fieldSelector(field, selector, volumeFields);

function* fieldSelector(field: string, { apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[]): Errors {
  if (!apiVersion) {
    yield required(`${field}.apiVersion`);
    return;
  }
  if (!fieldPath) {
    yield required(`${field}.fieldPath`);
    return;
  }
  const [, path = fieldPath, subscript] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (subscript !== undefined && (path === 'metadata.annotations' || path === 'metadata.labels')) {
    yield* check(field, path === 'metadata.annotations' ? subscript.toLowerCase() : subscript, qualifiedNameErrors);
  } else if (subscript !== undefined && knownFields.has(path)) yield invalid(field, path, 'does not support subscript');
  else if (apiVersion !== 'v1' || !knownFields.has(path)) {
    const reason = apiVersion === 'v1' ? `field label not supported: ${fieldPath}` : `unsupported pod version: ${apiVersion}`;
    yield invalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${reason}`);
  } else if (!supported.includes(path)) yield notSupported(`${field}.fieldPath`, path, supported);
}

/** `inVolume`: a volume belongs to no container, so that one must be named. */
export function* resourceSelector(field: string, { containerName, resource, divisor }: ResourceFieldSelector, inVolume: boolean): Errors {
  if (inVolume && !containerName) yield required(`${field}.containerName`);
  else if (!resource) yield required(`${field}.resource`);
  else if (!resourceFields.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource)) {
    yield notSupported(`${field}.resource`, resource, resourceFields);
  }
  if (divisor === undefined || compare(divisor, '0') === undefined || isZeroQuantity(divisor)) return;
  const text = formatQuantity(divisor);
  if (/\.cpu$/.test(resource ?? '')) {
    if (text !== '1' && text !== '1m') {
      yield invalid(`${field}.divisor`, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
    }
  } else if (!/^1([kMGTPE]|[KMGTPE]i)?$/.test(text)) {
    const names: Record<string, string> = { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' };
    const name = names[(resource ?? '').replace(/^[a-z]+\./, '')] ?? 'hugepages';
    const values = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';
    yield invalid(`${field}.divisor`, resource, `only divisor's values ${values} are supported with the ${name} resource`);
  }
}

export function* envFrom(field: string, sources: EnvFromSource[] | undefined): Errors {
  for (const [i, { prefix, configMapRef, secretRef }] of entries(sources)) {
    const at = `${field}[${i}]`;
    if (prefix) yield* check(`${at}.prefix`, prefix, envVarName);
    if (configMapRef !== undefined) yield* nameReference(`${at}.configMapRef.name`, configMapRef.name, asPrefix(subdomainErrors));
    if (secretRef !== undefined) yield* nameReference(`${at}.secretRef.name`, secretRef.name, asPrefix(subdomainErrors));
    if (configMapRef === undefined && secretRef === undefined) {
      yield invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`');
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      yield invalid(field, '', 'may not have more than one field specified at a time');
    }
  }
}
