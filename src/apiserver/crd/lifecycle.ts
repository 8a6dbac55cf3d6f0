import { isDeepStrictEqual } from 'node:util';
import { recordUpdate } from '../../api/apply/record.ts';
import { kinds } from '../../api/scheme.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import { type Entry, StoreError } from '../../store/store.ts';
import { timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Resource } from '../resources.ts';
import { canonical, type RestServices } from '../rest/call.ts';
import { conditionIs } from './definitions.ts';
import { removeInstances } from './instances.ts';
import { cleanupFinalizer } from './marking.ts';
import { nameDefinition, withConditions } from './names.ts';

const kind = kinds.CustomResourceDefinition;

export interface Lifecycle {
  /** Looks at the definition soon; at one time only one is looked at. */
  changed(definition: CustomResourceDefinition): void;
  /** Its names are free again for others of its group. */
  removed(definition: CustomResourceDefinition): void;
  close(): void;
}

/**
 * What upstream's apiextensions controllers do: accept names, establish, and at deletion remove all instances before the
 * definition goes.
 */
export function createLifecycle(rest: RestServices, storageOf: (definition: CustomResourceDefinition) => Resource | undefined): Lifecycle {
  const { store, clock, log } = rest;
  const pending = new Set<string>();
  const finalizing = new Set<string>();
  const closed = new AbortController();
  let running = false;

  const entryOf = (name: string): Promise<Entry | undefined> => store.get(objectKey(kind, undefined, name));
  const definitions = async (): Promise<CustomResourceDefinition[]> =>
    (await store.list(kindPrefix(kind))).entries.map(({ object }) => object as CustomResourceDefinition);

  /** Writes a change of the status unless there is none; a lost race is looked at again when the winner's event comes. */
  const write = async (entry: Entry, next: CustomResourceDefinition): Promise<Entry> => {
    if (isDeepStrictEqual(next, entry.object)) return entry;
    next.metadata = { ...next.metadata };
    recordUpdate(kind, entry.object, next, { name: 'kube-apiserver', subresource: 'status', now: timestamp(clock) });
    return store.update(entry.key, canonical(next, 'apiextensions.k8s.io/v1', kind.kind), entry.revision);
  };

  const reconcile = async (name: string): Promise<void> => {
    const entry = await entryOf(name);
    if (entry === undefined) return;
    const definition = entry.object as CustomResourceDefinition;
    if (definition.metadata.deletionTimestamp !== undefined) {
      if (definition.metadata.finalizers?.includes(cleanupFinalizer) === true) finalizeSoon(name);
      return;
    }
    const naming = nameDefinition(definition, await definitions());
    const named = { ...definition, status: { ...definition.status, acceptedNames: naming.acceptedNames } };
    await write(entry, withConditions(named, naming.conditions, timestamp(clock)));
  };

  const finalizeSoon = (name: string): void => {
    if (finalizing.has(name)) return;
    finalizing.add(name);
    finalize(name)
      .catch((thrown: unknown) => {
        if (isClosed(thrown)) return;
        log.warn(`removing the objects of ${name}: ${messageOf(thrown)}; trying again`);
        clock.after(1000, () => look(name), { unref: true });
      })
      .finally(() => finalizing.delete(name));
  };
  const finalize = async (name: string): Promise<void> => {
    let entry = await entryOf(name);
    if (entry === undefined) return;
    const set = (status: string, reason: string, message: string): CustomResourceDefinition =>
      withConditions(entry?.object as CustomResourceDefinition, [{ type: 'Terminating', status, reason, message }], timestamp(clock));
    entry = await write(entry, set('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress'));
    const definition = entry.object as CustomResourceDefinition;
    const storage = storageOf(definition);
    // A definition that was never established may share the place of another's objects.
    if (storage !== undefined && conditionIs(definition, 'Established')) await removeInstances(rest, storage, closed.signal);
    if (closed.signal.aborted) return;
    entry = await entryOf(name);
    if (entry === undefined) return;
    const done = set('False', 'InstanceDeletionCompleted', 'removed all instances');
    const finalizers = (done.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
    const { finalizers: _, ...metadata } = done.metadata;
    const left = { ...done, metadata: { ...metadata, ...(finalizers.length === 0 ? {} : { finalizers }) } };
    const written = await write(entry, left);
    if (finalizers.length === 0) await store.delete(written.key, written.revision);
  };

  const drain = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      for (const name of pending) {
        pending.delete(name);
        try {
          await reconcile(name);
        } catch (thrown) {
          if (isClosed(thrown)) return;
          if (!(thrown instanceof StoreError)) log.warn(`CustomResourceDefinition ${name}: ${messageOf(thrown)}`);
        }
      }
    } finally {
      running = false;
    }
  };
  const look = (name: string): void => {
    pending.add(name);
    void drain();
  };
  return {
    changed: (definition) => look(definition.metadata.name ?? ''),
    removed({ spec }) {
      definitions()
        .then((all) => {
          for (const other of all) {
            if (other.spec.group === spec.group && !conditionIs(other, 'NamesAccepted')) look(other.metadata.name ?? '');
          }
        })
        .catch((thrown: unknown) => {
          if (!isClosed(thrown)) log.warn(`CustomResourceDefinitions of ${spec.group}: ${messageOf(thrown)}`);
        });
    },
    close: () => closed.abort(),
  };
}

const isClosed = (thrown: unknown): boolean => thrown instanceof StoreError && thrown.code === 'closed';
