/** Rules of the kinds that classify storage: classes of volumes and of their attributes, and what a class has left. */
import { isDeepStrictEqual } from 'node:util';
import { semanticEqual } from '../deep-equal.ts';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { CSIStorageCapacity, StorageClass, VolumeAttributesClass } from '../types/storage-v1.ts';
import { entries, immutable, labelSelector, nonNegativeQuantity, optionalOneOf } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, required } from './field-error.ts';
import { check } from './formats.ts';
import { metaOnUpdate, objectMeta, objectMetaUpdate } from './meta.ts';

export function* storageClass(object: StorageClass): Errors {
  yield* objectMeta(kinds.StorageClass, object.metadata);
  yield* provisioner('provisioner', object.provisioner);
  yield* parameters(object.parameters);
  if (object.reclaimPolicy) yield* optionalOneOf('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']);
  if (object.volumeBindingMode === undefined) yield required('volumeBindingMode');
  else yield* optionalOneOf('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']);
  const terms: Record<string, Set<string>>[] = [];
  for (const [i, term] of entries(object.allowedTopologies)) {
    const wanted: Record<string, Set<string>> = {};
    for (const [j, { key, values }] of entries(term.matchLabelExpressions)) {
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}]`;
      if ((values ?? []).length === 0) yield required(`${at}.values`);
      for (const [k, value] of entries(values)) if (values.indexOf(value) !== k) yield duplicate(`${at}.values[${k}]`, value);
      yield* check(`${at}.key`, key ?? '', qualifiedNameErrors);
      if (wanted[key ?? ''] !== undefined) yield duplicate(`${at}.key`, key);
      wanted[key ?? ''] = new Set(values);
    }
    // Upstream compares each term with an empty one for each term, and with those before.
    const same = (object.allowedTopologies ?? [])
      .map(() => ({}))
      .concat(terms)
      .filter((other) => isDeepStrictEqual(other, wanted));
    for (const _ of same) yield duplicate(`allowedTopologies[${i}].matchLabelExpressions`, '');
    terms.push(wanted);
  }
}
export function* storageClassUpdate(object: StorageClass, old: StorageClass): Errors {
  yield* storageClass(object);
  yield* objectMetaUpdate(object.metadata, old.metadata);
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) {
    if (!semanticEqual(object[name], old[name])) {
      yield name === 'reclaimPolicy' || name === 'volumeBindingMode'
        ? invalid(name, object[name], 'field is immutable')
        : forbidden(name, `updates to ${name} are forbidden.`);
    }
  }
}

function* parameters(values: Record<string, string> | undefined): Errors {
  const pairs = Object.entries(values ?? {});
  if (pairs.length > 512) yield { type: 'TooLong', field: 'parameters', detail: 'may not be more than 512 bytes' };
  let bytes = 0;
  for (const [key, value] of pairs) {
    if (key === '') yield invalid('parameters', key, 'field can not be empty.');
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > 256 * 1024) yield { type: 'TooLong', field: 'parameters', detail: 'may not be more than 262144 bytes' };
}

function* provisioner(field: string, name: string | undefined): Errors {
  if (!name) yield required(field);
  else yield* check(field, name, (value) => qualifiedNameErrors(value.toLowerCase()));
}

export function* volumeAttributesClass(object: VolumeAttributesClass): Errors {
  yield* objectMeta(kinds.VolumeAttributesClass, object.metadata);
  yield* provisioner('driverName', object.driverName);
  if (Object.keys(object.parameters ?? {}).length === 0) yield required('parameters', 'must contain at least one key/value pair');
  yield* parameters(object.parameters);
}

export function* volumeAttributesClassUpdate(object: VolumeAttributesClass, old: VolumeAttributesClass): Errors {
  yield* metaOnUpdate(kinds.VolumeAttributesClass, object.metadata, old.metadata);
  for (const name of ['driverName', 'parameters'] as const) {
    if (!semanticEqual(object[name], old[name])) yield forbidden(name, `updates to ${name} are forbidden.`);
  }
}

export function* storageCapacity(object: CSIStorageCapacity): Errors {
  yield* objectMeta(kinds.CSIStorageCapacity, object.metadata);
  yield* labelSelector('nodeTopology', object.nodeTopology);
  yield* check('storageClassName', object.storageClassName ?? '', subdomainErrors);
  for (const name of ['capacity', 'maximumVolumeSize'] as const) {
    if (object[name] !== undefined) yield* nonNegativeQuantity(name, object[name]);
  }
}

export function* storageCapacityUpdate(object: CSIStorageCapacity, old: CSIStorageCapacity): Errors {
  yield* metaOnUpdate(kinds.CSIStorageCapacity, object.metadata, old.metadata);
  yield* storageCapacity(object);
  yield* immutable('nodeTopology', object.nodeTopology, old.nodeTopology);
  yield* immutable('storageClassName', object.storageClassName, old.storageClassName);
}
