import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isReady } from '../../api/ready.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { ShoalError } from '../../util/errors.ts';
import { accessTo, nodesOf, runningControlPlane, withAdmin } from '../access.ts';
import type { ClusterContext } from '../context.ts';
import { withFileLock } from '../file-lock.ts';
import { runningNames } from '../lifecycle.ts';
import { loadArchive, loadInto } from '../load/load-images.ts';
import { nodePaths } from '../role-config.ts';
import { runSteps, type Step } from '../run-steps.ts';
import { entriesOf, type Restored, type StateEntry, writeState } from '../state/api-state.ts';
import { clearLeftovers } from '../state/leftovers.ts';
import { resetSteps } from '../state/reset.ts';
import { withDeadline } from '../wait/wait.ts';
import type { Snapshot } from './archive.ts';
import { renamedNode, renamedState } from './rename.ts';

const timeoutMs = 300_000;

type Context = Pick<ClusterContext, 'clock' | 'log' | 'progress' | 'signal'>;

/** Puts a snapshot into a cluster of node containers that runs; see `ClusterDriver`. */
export function bringBack(context: ClusterContext, cluster: string, snapshot: Snapshot): Promise<Restored> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const nodes = await nodesOf(context, cluster);
    const names = runningNames(nodes);
    const access = await accessTo(context, runningControlPlane(nodes));
    return withAdmin(context, access, async (client) => {
      const { items } = await client.list(kinds.PersistentVolume);
      // Pods must not see their volumes change under them: everything ends first, and begins anew.
      const fromScratch = items.length > 0 || snapshot.volumes.length > 0;
      return bringBackWith(context, client, cluster, snapshot, [
        { id: 'images', label: 'Load the images', needs: [], run: () => loadImages(context, cluster, names, snapshot) },
        ...(fromScratch ? resetSteps(context, client, cluster, [], (signal) => clearLeftovers(context, client, names, signal)) : []),
        {
          id: 'volumes',
          label: 'Bring back the volumes',
          needs: fromScratch ? ['usable'] : [],
          run: () => fillVolumes(context, cluster, snapshot),
        },
      ]);
    });
  });
}

/** The last steps for either sort of cluster. @param before what has to be done before objects come back. */
export async function bringBackWith(
  context: Context,
  client: Client,
  cluster: string,
  { manifest, state }: Snapshot,
  before: readonly Step<undefined>[],
): Promise<Restored> {
  const { clock, progress } = context;
  const entries = renamedState(entriesOf(state), manifest.cluster, cluster);
  let restored: Restored = { added: 0, modified: 0, deleted: 0 };
  const missing = new Map<string, string>();
  const steps: Step<undefined>[] = [
    ...before,
    {
      id: 'objects',
      label: `Bring back ${entries.length} objects`,
      needs: before.map(({ id }) => id),
      run: async () => {
        restored = await writeState(client, entries, randomUUID());
      },
    },
    {
      id: 'pods',
      label: `Wait for ${manifest.pods} pods`,
      needs: ['objects'],
      run: (_, signal) => podsReady(client, entries, missing, signal),
    },
  ];
  await withDeadline({ clock, timeoutMs, signal: context.signal, missing, what: `cluster ${cluster}` }, (signal) =>
    runSteps(steps, undefined, { clock, signal, retain: true, ...(progress === undefined ? {} : { progress }) }),
  );
  return restored;
}

/** Resolves when every pod that was Ready in the snapshot is so again, or is gone. */
async function podsReady(client: Client, entries: readonly StateEntry[], missing: Map<string, string>, signal: AbortSignal): Promise<void> {
  const pods = entries.filter(([key]) => key.startsWith('/core/pods/')).map(([, object]) => object as unknown as Pod);
  const left = new Map(pods.filter(isReady).map(({ metadata }) => [metadata.uid, `pod ${metadata.namespace}/${metadata.name}`]));
  for (const subject of left.values()) missing.set(subject, 'is not Ready');
  const done = (uid: string | undefined): void => {
    missing.delete(left.get(uid) ?? '');
    left.delete(uid);
  };
  if (left.size === 0) return;
  const { items, metadata } = await client.list(kinds.Pod);
  const present = new Map(items.map((pod) => [pod.metadata.uid, pod]));
  for (const uid of [...left.keys()]) {
    const pod = present.get(uid);
    if (pod === undefined || isReady(pod)) done(uid);
  }
  if (left.size === 0) return;
  for await (const { type, object } of client.watch(kinds.Pod, { signal, resourceVersion: metadata.resourceVersion ?? '' })) {
    if (type === 'DELETED' || isReady(object)) done(object.metadata.uid);
    if (left.size === 0) return;
  }
  signal.throwIfAborted();
}

async function fillVolumes({ provider }: ClusterContext, cluster: string, { manifest, volumes }: Snapshot): Promise<void> {
  await Promise.all(
    volumes.map(async ({ node, file }) => {
      const target = renamedNode(node, manifest.cluster, cluster);
      const script = `mkdir -p ${nodePaths.localPath} && tar --directory ${nodePaths.localPath} --numeric-owner --xattrs --same-permissions --extract --file -`;
      const { exitCode, stderr } = await provider.exec(target, ['/bin/sh', '-c', script], createReadStream(file));
      if (exitCode === 0) return;
      throw new ShoalError(
        /no space left/i.test(stderr) ? 'DISK_FULL' : 'NODE_FAILED',
        `${target} could not take its volumes: ${stderr.trim()}`,
        {
          next: 'Free some space, and restore again.',
        },
      );
    }),
  );
}

async function loadImages(
  context: ClusterContext,
  cluster: string,
  nodes: readonly string[],
  { manifest, imageArchives }: Snapshot,
): Promise<void> {
  for (const file of imageArchives) await loadArchive(context, nodes, file);
  if (imageArchives.length > 0) return;
  const here = await Promise.all(manifest.images.map(async (tag) => ((await context.source.inspect(tag)) === undefined ? [] : [tag])));
  const known = new Set(here.flat());
  await loadInto(context, await nodesOf(context, cluster), [...known]);
  const absent = manifest.images.filter((tag) => !known.has(tag));
  if (absent.length > 0) context.log.info(`not on this machine, so nodes that lack them have to pull them: ${absent.join(', ')}`);
}
