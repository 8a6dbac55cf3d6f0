import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import { follow } from '../auth/follow.ts';
import type { Resources } from '../resources.ts';
import type { RestServices } from '../rest/call.ts';
import { noReservation, type WriteHook } from '../rest/hooks.ts';
import type { WebhookPost } from './conversion-webhook.ts';
import { type CustomResources, createCustomResources } from './definitions.ts';
import { createLifecycle } from './lifecycle.ts';

export interface CustomResourceServer {
  /** Built-in and custom resources together. */
  readonly resources: CustomResources;
  /** Around writes of definitions, so that what was answered holds for the very next request. */
  readonly hook: WriteHook;
  /** Reads the definitions and follows them. */
  start(rest: RestServices): Promise<void>;
  close(): void;
}

/**
 * CustomResourceDefinitions: their kinds among the server's resources, and their life from naming to the last instance.
 *
 * @param own definitions that are served although no object defines them, and whose names nobody else can define. One that an
 *   earlier version has stored changes nothing.
 */
export function createCustomResourceServer(
  builtin: Resources,
  post: WebhookPost,
  own: readonly CustomResourceDefinition[] = [],
): CustomResourceServer {
  const resources = createCustomResources(builtin, post);
  const ownNames = new Set(own.map(({ metadata }) => metadata.name));
  for (const definition of own) resources.set(established(definition));
  let close = (): void => undefined;
  const later = (definition: CustomResourceDefinition) => ({
    commit: async () => resources.set(definition),
    rollback: async () => undefined,
  });
  return {
    resources,
    hook: {
      async beforeCreate(object, dryRun) {
        const { name = '' } = object.metadata;
        if (ownNames.has(name)) throw new ApiError('Forbidden', `${name} is served by this cluster itself and cannot be defined`);
        return dryRun ? noReservation : later(object as CustomResourceDefinition);
      },
      beforeUpdate: async (object, _previous, dryRun) =>
        dryRun || ownNames.has(object.metadata.name) ? noReservation : later(object as CustomResourceDefinition),
      afterDelete: async (last) => (ownNames.has(last.metadata.name) ? undefined : resources.remove(last as CustomResourceDefinition)),
    },
    async start(rest) {
      const lifecycle = createLifecycle(rest, resources.storageOf);
      close = lifecycle.close;
      await follow(rest.store, kinds.CustomResourceDefinition, {
        set(definition) {
          if (!ownNames.has(definition.metadata.name)) resources.set(definition);
          lifecycle.changed(definition);
        },
        remove(definition) {
          if (!ownNames.has(definition.metadata.name)) resources.remove(definition);
          lifecycle.removed(definition);
        },
      });
    },
    close: () => close(),
  };
}

/** The definition as it is once its names have been accepted. */
const established = (definition: CustomResourceDefinition): CustomResourceDefinition => ({
  ...definition,
  status: {
    acceptedNames: definition.spec.names,
    storedVersions: definition.spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
    conditions: [
      { type: 'NamesAccepted', status: 'True' },
      { type: 'Established', status: 'True' },
    ],
  },
});
