import { subdomainErrors } from '../qualified-name.ts';
import type { PersistentVolumeClaimSpec } from '../types/core-v1.ts';
import { labelSelector, optionalOneOf, positiveQuantity } from './common.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check } from './formats.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export function* accessModeRules(field: string, modes: string[] | undefined): Errors {
  for (const mode of modes ?? []) if (!accessModes.includes(mode)) yield notSupported(field, mode, accessModes);
  if (modes?.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))) {
    yield forbidden(field, 'may not use ReadWriteOncePod with other access modes');
  }
}

/** ValidatePersistentVolumeClaimSpec; also for the templates of StatefulSets and ephemeral volumes. */
export function* claimSpec(field: string, spec: PersistentVolumeClaimSpec | undefined): Errors {
  if ((spec?.accessModes ?? []).length === 0) yield required(`${field}.accessModes`, 'at least 1 access mode is required');
  if (spec?.selector !== undefined) yield* labelSelector(`${field}.selector`, spec.selector);
  yield* accessModeRules(`${field}.accessModes`, spec?.accessModes);
  const storage = spec?.resources?.requests?.['storage'];
  if (storage === undefined) yield required(`${field}.resources[storage]`);
  else yield* positiveQuantity(`${field}.resources[storage]`, storage);
  if (spec?.storageClassName) yield* check(`${field}.storageClassName`, spec.storageClassName, subdomainErrors);
  yield* optionalOneOf(`${field}.volumeMode`, spec?.volumeMode, volumeModes);
  for (const name of ['dataSource', 'dataSourceRef'] as const) {
    const reference = spec?.[name];
    if (reference === undefined) continue;
    if (!reference.name) yield required(`${field}.${name}.name`);
    if (!reference.kind) yield required(`${field}.${name}.kind`);
    if (!reference.apiGroup && reference.kind !== 'PersistentVolumeClaim') {
      yield invalid(`${field}.${name}`, reference.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
  }
  if (spec?.volumeAttributesClassName) {
    yield* check(`${field}.volumeAttributesClassName`, spec.volumeAttributesClassName, subdomainErrors);
  }
}
