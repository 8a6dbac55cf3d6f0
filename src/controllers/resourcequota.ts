import { semanticEqual } from '../api/deep-equal.ts';
import type { Kind } from '../api/kind.ts';
import { type KubeObject, keyOf } from '../api/object.ts';
import type { ResourceList } from '../api/pod-requests.ts';
import { formatQuantity, quantityOf } from '../api/quantity.ts';
import { addResources, quotaCovers, quotaMatches, quotaUsage } from '../api/quota.ts';
import { kinds } from '../api/scheme.ts';
import type { ResourceQuota } from '../api/types/core-v1.ts';
import type { Informer } from '../client/informer.ts';
import type { StartController } from './context.ts';
import { followCustomKinds } from './lib/custom-informers.ts';
import { namespaceOf } from './lib/objects.ts';
import { builtInKinds, servedKinds } from './lib/served-kinds.ts';

/** Usage is counted again this often even when nothing seems to have changed. */
const resyncMs = 5 * 60_000;

/** What these objects use of the quota, for exactly the resources that it limits. */
export function usedOf(quota: ResourceQuota, objects: ReadonlyMap<Kind, readonly KubeObject[]>, now: number): Record<string, string> {
  let total: ResourceList = {};
  for (const [kind, ofKind] of objects) {
    for (const object of ofKind) if (quotaMatches(quota, kind, object)) total = addResources(total, quotaUsage(kind, object, now));
  }
  return Object.fromEntries(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, formatQuantity(total[name] ?? quantityOf(0))]));
}

/** Counts what namespaces use of their ResourceQuotas. Admission charges creations at once; this gives back and puts right. */
export const resourceQuotaController: StartController = ({ client, clock, informers, log, signal }) => {
  const quotas = informers.informer(kinds.ResourceQuota);
  const definitions = informers.informer(kinds.CustomResourceDefinition);
  const counted = new Map<Kind, Informer<KubeObject>>(
    builtInKinds.filter(({ namespaced }) => namespaced).map((kind) => [kind, informers.informer(kind)]),
  );

  const objectsOf = async (kind: Kind, namespace: string): Promise<readonly KubeObject[]> =>
    counted.get(kind)?.list(namespace) ?? (await client.list(kind, { namespace })).items;

  return {
    name: 'resourcequota-controller',
    watch(enqueue) {
      quotas.on({
        add: (quota) => enqueue(keyOf(quota)),
        update(quota, previous) {
          // Not its status: admission charges there before the object exists, and a count in between would undo the charge.
          if (!semanticEqual(quota.spec, previous.spec)) enqueue(keyOf(quota));
        },
      });
      const follow = (informer: Informer<KubeObject>): void => {
        const { kind } = informer;
        const enqueueQuotas = (object: KubeObject): void => {
          for (const quota of quotas.list(namespaceOf(object))) {
            if (Object.keys(quota.spec?.hard ?? {}).some((name) => quotaCovers(kind, name))) enqueue(keyOf(quota));
          }
        };
        informer.on({
          delete: enqueueQuotas,
          update(object, previous) {
            // An object can shrink in place, as a pod does that ends, or leave a quota's scope.
            const there = quotas.list(namespaceOf(object));
            if (there.length === 0) return;
            const usage = (one: KubeObject): ResourceList => quotaUsage(kind, one, clock.now());
            const moved = there.some((quota) => quotaMatches(quota, kind, object) !== quotaMatches(quota, kind, previous));
            if (moved || !semanticEqual(render(usage(object)), render(usage(previous)))) enqueueQuotas(object);
          },
        });
      };
      for (const informer of counted.values()) follow(informer);
      followCustomKinds({ client, clock, log, signal }, definitions, (informer) => {
        if (informer.kind.namespaced) follow(informer);
      });
    },
    async reconcile(key) {
      const quota = quotas.get(key);
      if (quota === undefined) return undefined;
      const namespace = namespaceOf(quota);
      const names = Object.keys(quota.spec?.hard ?? {});
      const covered = servedKinds(definitions).filter((kind) => kind.namespaced && names.some((name) => quotaCovers(kind, name)));
      const objects = new Map<Kind, readonly KubeObject[]>();
      for (const kind of covered) objects.set(kind, await objectsOf(kind, namespace));
      const status = { hard: { ...quota.spec?.hard }, used: usedOf(quota, objects, clock.now()) };
      if (!semanticEqual(status, quota.status)) await client.updateStatus(kinds.ResourceQuota, { ...quota, status });
      return { requeueAfterMs: resyncMs };
    },
  };
};

const render = (usage: ResourceList): Record<string, string> =>
  Object.fromEntries(Object.entries(usage).map(([name, amount]) => [name, formatQuantity(amount)]));
