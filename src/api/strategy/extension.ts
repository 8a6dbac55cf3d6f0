import type { CustomResourceDefinition } from '../types/apiextensions-v1.ts';
import type { APIService } from '../types/apiregistration-v1.ts';
import { type Strategy, spec, typed } from './parts.ts';

function recordStoredVersion(definition: CustomResourceDefinition): void {
  const storage = definition.spec.versions?.find((version) => version.storage)?.name;
  if (storage === undefined) return;
  const stored = definition.status?.storedVersions ?? [];
  if (!stored.includes(storage)) definition.status = { ...definition.status, storedVersions: [...stored, storage] };
}

/** A version that was ever the storage version stays in `status.storedVersions` until an administrator removes it. */
export const customResourceDefinition: Strategy = {
  status: () => ({}),
  statusMeta: 'old',
  generation: [spec],
  ...typed<CustomResourceDefinition>({ create: recordStoredVersion, update: recordStoredVersion }),
};

/** APIServices without a Service behind them are the server's own, and so always available. */
export const apiService: Strategy = {
  status: () => ({}),
  statusMeta: 'old',
  ...typed<APIService>({
    create(object) {
      if (object.spec?.service !== undefined) return;
      object.status = {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            reason: 'Local',
            message: 'Local APIServices are always available',
            ...(object.metadata.creationTimestamp === undefined ? {} : { lastTransitionTime: object.metadata.creationTimestamp }),
          },
        ],
      };
    },
  }),
};
