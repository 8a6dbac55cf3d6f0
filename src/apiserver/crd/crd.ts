import { kinds } from '../../api/scheme.ts';
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

/** CustomResourceDefinitions: their kinds among the server's resources, and their life from naming to the last instance. */
export function createCustomResourceServer(builtin: Resources, post: WebhookPost): CustomResourceServer {
  const resources = createCustomResources(builtin, post);
  let close = (): void => undefined;
  const later = (definition: CustomResourceDefinition) => ({
    commit: async () => resources.set(definition),
    rollback: async () => undefined,
  });
  return {
    resources,
    hook: {
      beforeCreate: async (object, dryRun) => (dryRun ? noReservation : later(object as CustomResourceDefinition)),
      beforeUpdate: async (object, _previous, dryRun) => (dryRun ? noReservation : later(object as CustomResourceDefinition)),
      afterDelete: async (last) => resources.remove(last as CustomResourceDefinition),
    },
    async start(rest) {
      const lifecycle = createLifecycle(rest, resources.storageOf);
      close = lifecycle.close;
      await follow(rest.store, kinds.CustomResourceDefinition, {
        set(definition) {
          resources.set(definition);
          lifecycle.changed(definition);
        },
        remove(definition) {
          resources.remove(definition);
          lifecycle.removed(definition);
        },
      });
    },
    close: () => close(),
  };
}
