import type { Kind } from '../api/kind.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound, isReason } from '../api/status.ts';
import type { Namespace, NamespaceCondition, Pod } from '../api/types/core-v1.ts';
import { modifyStatus } from '../client/retry.ts';
import { timestamp } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { StartController } from './context.ts';
import { findCondition } from './lib/conditions.ts';
import { isDeleting, namespaceOf, timeOf } from './lib/objects.ts';
import { isTerminal } from './lib/pods.ts';
import { servedKinds } from './lib/served-kinds.ts';

/** What is left of a namespace's content after one round of deleting. */
export interface Leftovers {
  /** Resource (`pods`, `deployments.apps`) → how many objects. */
  remaining: Map<string, number>;
  /** Finalizer → how many objects wait for it. */
  finalizers: Map<string, number>;
  failures: string[];
}

const resourceName = ({ plural, group }: Kind): string => (group === '' ? plural : `${plural}.${group}`);
const counted = (counts: Map<string, number>, text: (name: string, count: number) => string): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(', ');

/** The conditions of a terminating namespace, with upstream's types, reasons and messages. */
export function namespaceConditions(
  present: NamespaceCondition[] | undefined,
  { remaining, finalizers, failures }: Leftovers,
  now: string,
): NamespaceCondition[] {
  const said: [type: string, bad: string | undefined, reason: string, good: string, goodReason: string][] = [
    ['NamespaceDeletionDiscoveryFailure', undefined, '', 'All resources successfully discovered', 'ResourcesDiscovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', undefined, '', 'All legacy kube types successfully parsed', 'ParsedGroupVersions'],
    [
      'NamespaceDeletionContentFailure',
      failures.length === 0 ? undefined : `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
      'ContentDeletionFailed',
      'All content successfully deleted, may be waiting on finalization',
      'ContentDeleted',
    ],
    [
      'NamespaceContentRemaining',
      remaining.size === 0
        ? undefined
        : `Some resources are remaining: ${counted(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
      'SomeResourcesRemain',
      'All content successfully removed',
      'ContentRemoved',
    ],
    [
      'NamespaceFinalizersRemaining',
      finalizers.size === 0
        ? undefined
        : `Some content in the namespace has finalizers remaining: ${counted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
      'SomeFinalizersRemain',
      'All content-preserving finalizers finished',
      'ContentHasNoFinalizers',
    ],
  ];
  return said.map(([type, bad, reason, good, goodReason]) => {
    const next =
      bad === undefined ? { type, status: 'False', reason: goodReason, message: good } : { type, status: 'True', reason, message: bad };
    const current = findCondition(present, type);
    return {
      ...next,
      lastTransitionTime: current !== undefined && current.status === next.status ? (current.lastTransitionTime ?? now) : now,
    };
  });
}

/** Empties terminating namespaces, pods first, and finalizes them when nothing is left. */
export const namespaceController: StartController = ({ client, clock, informers }) => {
  const namespaces = informers.informer(kinds.Namespace);
  const definitions = informers.informer(kinds.CustomResourceDefinition);
  const pods = informers.informer(kinds.Pod);

  /** Deletes what there is of one kind; answers how long it may take, in milliseconds. */
  async function empty(kind: Kind, namespace: string, left: Leftovers): Promise<number> {
    const list = async () => (await client.list(kind, { namespace })).items;
    try {
      if ((await list()).length === 0) return 0;
      await client.deleteCollection(kind, { namespace, propagationPolicy: 'Background' });
      const items = await list();
      if (items.length === 0) return 0;
      left.remaining.set(resourceName(kind), items.length);
      for (const finalizer of items.flatMap((item) => item.metadata.finalizers ?? [])) {
        left.finalizers.set(finalizer, (left.finalizers.get(finalizer) ?? 0) + 1);
      }
      return kind.kind === 'Pod' ? podGraceMs(items) : 0;
    } catch (error) {
      if (!isNotFound(error) && !isReason(error, 'MethodNotAllowed')) left.failures.push(`${resourceName(kind)}: ${messageOf(error)}`);
      return 0;
    }
  }

  async function emptyAll(namespace: string): Promise<{ left: Leftovers; graceMs: number }> {
    const left: Leftovers = { remaining: new Map(), finalizers: new Map(), failures: [] };
    const graceMs = await empty(kinds.Pod, namespace, left);
    // Pods go before what they may still need (OrderedNamespaceDeletion).
    if (left.remaining.size > 0 || left.failures.length > 0) return { left, graceMs };
    const others = [...servedKinds(definitions), kinds.Event as Kind].filter((kind) => kind.namespaced && kind !== (kinds.Pod as Kind));
    await Promise.all(others.map((kind) => empty(kind, namespace, left)));
    return { left, graceMs };
  }

  async function finalize(namespace: Namespace): Promise<void> {
    const name = namespace.metadata.name ?? '';
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
    const next = { ...namespace, apiVersion: 'v1', kind: 'Namespace', spec: { ...namespace.spec, finalizers } };
    await client.raw('PUT', `/api/v1/namespaces/${name}/finalize`, next).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  return {
    name: 'namespace-controller',
    watch(enqueue) {
      const consider = (namespace: Namespace): void => {
        if (isDeleting(namespace)) enqueue(namespace.metadata.name ?? '');
      };
      namespaces.on({ add: consider, update: consider });
      // The rest of the content may go as soon as the last pod has.
      pods.on({
        delete(pod) {
          const namespace = namespaces.get(namespaceOf(pod));
          if (namespace !== undefined && pods.list(namespaceOf(pod)).length === 0) consider(namespace);
        },
      });
    },
    async reconcile(key) {
      const cached = namespaces.get(key);
      if (cached === undefined || !isDeleting(cached) || !(cached.spec?.finalizers ?? []).includes('kubernetes')) return undefined;
      const { left, graceMs } = await emptyAll(key);
      const present = cached.status?.conditions;
      const conditions = namespaceConditions(present, left, timestamp(clock));
      const differs = conditions.some((next) => findCondition(present, next.type)?.message !== next.message);
      const done = left.remaining.size === 0 && left.failures.length === 0;
      const written = differs
        ? await modifyStatus({ client, clock }, kinds.Namespace, cached, (copy) => {
            const others = (copy.status?.conditions ?? []).filter((condition) => !conditions.some((next) => next.type === condition.type));
            copy.status = { ...copy.status, phase: 'Terminating', conditions: [...others, ...conditions] };
          })
        : cached;
      if (done && written !== undefined) await finalize(written);
      return done ? undefined : { requeueAfterMs: retryIn(graceMs) };
    },
  };
};

/** The longest that these pods may still take to stop. */
function podGraceMs(items: readonly Pod[]): number {
  const seconds = items
    .filter((pod) => !isTerminal(pod) && timeOf(pod.metadata.deletionTimestamp) > 0)
    .map((pod) => pod.metadata.deletionGracePeriodSeconds ?? 0);
  return Math.max(0, ...seconds) * 1000;
}

/** Content usually goes much sooner than its grace period allows, so the first looks come early. */
const retryIn = (graceMs: number): number => (graceMs > 0 ? Math.min(1000, graceMs / 2 + 1) : 500);
