import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import type { Informer, InformerFactory } from '../../client/informer.ts';
import { createInformerFactory } from '../../client/informers.ts';
import type { ControllerContext } from '../context.ts';
import { uidOf } from './objects.ts';
import { customKind } from './served-kinds.ts';

/**
 * Gives `follow` an informer for each custom kind that is served, and another when the kind is served in another version.
 * Informers end with their definition.
 */
export function followCustomKinds(
  { client, clock, log, signal }: Pick<ControllerContext, 'client' | 'clock' | 'log' | 'signal'>,
  definitions: Informer<CustomResourceDefinition>,
  follow: (informer: Informer<KubeObject>) => void,
): void {
  const running = new Map<string, { factory: InformerFactory; apiVersion: string }>();
  const stop = (definition: CustomResourceDefinition): void => {
    running.get(uidOf(definition))?.factory.stop();
    running.delete(uidOf(definition));
  };
  const start = (definition: CustomResourceDefinition): void => {
    const kind = customKind(definition);
    const known = running.get(uidOf(definition));
    if (known !== undefined && (kind === undefined || apiVersionOf(kind) !== known.apiVersion)) stop(definition);
    if (kind === undefined || known?.apiVersion === apiVersionOf(kind)) return;
    const factory = createInformerFactory({ client, clock, log });
    running.set(uidOf(definition), { factory, apiVersion: apiVersionOf(kind) });
    follow(factory.informer(kind));
  };
  definitions.on({ add: start, update: start, delete: stop });
  const stopAll = (): void => {
    for (const { factory } of running.values()) factory.stop();
  };
  signal.addEventListener('abort', stopAll, { once: true });
}
