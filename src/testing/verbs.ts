import { existsSync, readFileSync } from 'node:fs';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { isNotFound } from '../api/status.ts';
import { type FaultSpec, faultKind } from '../chaos/fault.ts';
import type { Client } from '../client/client.ts';
import { applyObjects, parseManifests } from '../client/manifests.ts';
import { messageOf, ShoalError } from '../util/errors.ts';
import { explain } from '../why/explain.ts';
import { parseRef, resolveKind } from '../why/kinds.ts';
import type { ActiveFault, TestCluster, WaitOptions, Wish } from './cluster.ts';
import { millisecondsOf, type Time } from './time.ts';
import { grants, isDeleted } from './wishes.ts';

const fieldManager = 'shoal-testing';
const patienceMs = 30_000;

export interface Applied {
  kind: Kind;
  object: KubeObject;
}

/** What of a test cluster works through the API alone, whatever the cluster is. */
export type ApiVerbs = Pick<TestCluster, 'apply' | 'waitFor' | 'why' | 'fault'>;

export function apiVerbs(options: { client: Client; time: Time; namespace: string; applied?: (what: Applied) => void }): ApiVerbs {
  const { client, time, namespace } = options;
  let faults = 0;

  const target = (ref: string, place: string | undefined): { kind: Kind; name: string; namespace: string | undefined } => {
    const { kind: word, name, namespace: found } = parseRef([ref], place ?? namespace);
    const kind = resolveKind(word);
    if (kind === undefined) throw new ShoalError('USAGE', `no kind is called "${word}"`);
    return { kind, name, namespace: found };
  };

  async function waitFor<T extends KubeObject>(
    ref: string,
    wish: Wish<T>,
    { timeout = patienceMs, ...place }: WaitOptions = {},
  ): Promise<T> {
    const { kind, name, namespace: at } = target(ref, place.namespace);
    const ms = millisecondsOf(timeout);
    const found = await time.within(ms, (signal) => untilGranted(client, kind as Kind<T>, name, at, wish, signal));
    if (found !== undefined) return found;
    const reason = await explain(client, { kind: kind.kind, name, ...(at === undefined ? {} : { namespace: at }) })
      .then(({ answer }) => answer)
      .catch(messageOf);
    const wished = typeof wish === 'string' ? wish : 'as wished';
    throw new ShoalError('TIMEOUT', `${ref} was not ${wished} after ${ms / 1000} s: ${reason}`);
  }

  return {
    waitFor,
    async apply(...manifests) {
      const objects = manifests.flatMap((one) => (typeof one === 'string' ? parseManifests(textOf(one)) : [structuredClone(one)]));
      const results = await applyObjects(client, objects, { namespace, fieldManager });
      for (const one of results) options.applied?.(one);
      return results.map(({ object }) => object);
    },
    async why(ref, place = {}) {
      const { kind, name, namespace: at } = target(ref, place.namespace);
      return explain(client, { kind: kind.kind, name, ...(at === undefined ? {} : { namespace: at }) });
    },
    async fault(spec: FaultSpec): Promise<ActiveFault> {
      const name = `test-${++faults}`;
      await client.create(faultKind, { apiVersion: 'chaos.shoal.dev/v1alpha1', kind: 'Fault', metadata: { name }, spec });
      const made = await time.within(patienceMs, (signal) =>
        untilGranted(client, faultKind, name, undefined, ({ status }) => !['', 'Pending'].includes(status?.phase ?? ''), signal),
      );
      const { phase, targets } = made?.status ?? {};
      if (phase !== 'Active') {
        const why = Object.values(targets ?? {}).find(({ message }) => message !== undefined)?.message;
        throw new ShoalError('FAULT_NOT_INJECTED', `the fault is ${phase ?? 'not active'}${why === undefined ? '' : `: ${why}`}`);
      }
      const undo = async (): Promise<void> => {
        await client.delete(faultKind, name).catch(ignoreNotFound);
        await time.within(patienceMs, (signal) => untilGranted(client, faultKind, name, undefined, 'deleted', signal));
      };
      return { name, undo, [Symbol.asyncDispose]: undo };
    },
  };
}

export function ignoreNotFound(thrown: unknown): void {
  if (!isNotFound(thrown)) throw thrown;
}

/** YAML is taken as it is; a single line that ends like a file's name is one. */
function textOf(manifest: string): string {
  if (!/^[^\n]+\.(ya?ml|json)$/.test(manifest)) return manifest;
  if (!existsSync(manifest))
    throw new ShoalError('CONFIG_UNREADABLE', `there is no file ${manifest}`, { next: 'Give its path, or the YAML itself.' });
  return readFileSync(manifest, 'utf8');
}

/** Watches one object until it is as wished; to the object, or what it was last, or (never there) an empty one. */
async function untilGranted<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  name: string,
  namespace: string | undefined,
  wish: Wish<T>,
  signal: AbortSignal,
): Promise<T> {
  const scope = { fieldSelector: `metadata.name=${name}`, ...(namespace === undefined ? {} : { namespace }) };
  let last = { metadata: { name } } as T;
  while (!signal.aborted) {
    const { items, metadata } = await client.list(kind, scope);
    const [present] = items;
    if (present === undefined && isDeleted(wish)) return last;
    if (present !== undefined && !isDeleted(wish) && grants(wish, withKind(kind, present))) return present;
    last = present ?? last;
    for await (const { type, object } of client.watch(kind, { ...scope, resourceVersion: metadata.resourceVersion ?? '', signal })) {
      if (type === 'DELETED' ? isDeleted(wish) : !isDeleted(wish) && grants(wish, withKind(kind, object))) return object;
      last = object;
    }
  }
  return last;
}

/** Items of lists do not say their kind. */
const withKind = <T extends KubeObject>(kind: Kind<T>, object: T): T =>
  object.kind === undefined ? { ...object, kind: kind.kind } : object;
