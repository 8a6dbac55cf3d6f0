import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { accessTo, nodesOf, runningControlPlane, withAdmin } from '../access.ts';
import type { ClusterContext } from '../context.ts';
import { withFileLock } from '../file-lock.ts';
import { runningNames } from '../lifecycle.ts';
import { spool } from '../load/archive.ts';
import { tagsToCopy } from '../load/copy-images.ts';
import { imagesOn } from '../load/node-images.ts';
import { specFromLabels } from '../plan.ts';
import { clusterLabels, type NodeState } from '../provider.ts';
import { nodePaths } from '../role-config.ts';
import { runSteps } from '../run-steps.ts';
import { type ClusterSpec, plainNode } from '../spec.ts';
import { readState } from '../state/api-state.ts';
import type { Capture, CaptureOptions } from './snapshot.ts';

/** Captures a cluster of node containers into files of `directory`; see `ClusterDriver`. */
export function capture(context: ClusterContext, cluster: string, directory: string, options: CaptureOptions): Promise<Capture> {
  return withFileLock(`cluster-${cluster}`, async () => {
    const nodes = await nodesOf(context, cluster);
    const controlPlane = runningControlPlane(nodes);
    const names = runningNames(nodes);
    const access = await accessTo(context, controlPlane);
    return withAdmin(context, access, async (client) => {
      const taken = { state: '', volumes: [] as Capture['volumes'], images: new Map<string, string[]>(), imageArchives: [] as string[] };
      const { clock, progress, signal } = context;
      const steps = [
        {
          id: 'state',
          label: 'Save objects and volumes',
          needs: [],
          // Together, so that objects and data are of the same moment.
          run: async () => {
            const pods = await podsWithVolumes(client);
            const [state, ...volumes] = await Promise.all([
              readState(client),
              ...names.map((node) => volumesOf(context, node, pods.get(node) ?? [], join(directory, `${node}.tar`))),
            ]);
            Object.assign(taken, { state, volumes: volumes.flat() });
          },
        },
        {
          id: 'images',
          label: options.images === true ? 'Save the images' : 'Note the images',
          needs: [],
          run: async () => {
            taken.images = tagsToCopy(
              new Map(await Promise.all(names.map(async (node) => [node, await imagesOn(context, node)] as const))),
              [],
            );
            if (options.images !== true) return;
            for (const [node, tags] of taken.images) {
              const file = join(directory, `images-${node}.tar`);
              await spool(await context.provider.output(node, ['docker', 'save', ...tags]), file);
              taken.imageArchives.push(file);
            }
          },
        },
      ];
      await runSteps(steps, undefined, {
        clock,
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { progress }),
      });
      const lines = taken.state.trimEnd().split('\n').slice(1);
      return {
        manifest: {
          cluster,
          simulated: false,
          spec: specOf(nodes, controlPlane),
          nodes: nodes.map(({ name }) => name),
          objects: lines.length,
          pods: lines.filter((line) => line.startsWith('["/core/pods/')).length,
          images: [...taken.images.values()].flat().sort(),
          volumes: await Promise.all(taken.volumes.map(async ({ node, file }) => ({ node, bytes: (await stat(file)).size }))),
        },
        state: taken.state,
        volumes: taken.volumes,
        imageArchives: taken.imageArchives,
      };
    });
  });
}

/** What `up` was asked for, with the nodes that were added since and without those that were removed. */
function specOf(nodes: readonly NodeState[], controlPlane: NodeState): ClusterSpec {
  const spec = specFromLabels(controlPlane);
  const asked = new Map(spec.nodes.map((node) => [node.name, node]));
  return {
    ...spec,
    nodes: nodes.map(
      ({ name, role, labels }) =>
        asked.get(name) ?? {
          ...plainNode(name, role),
          resources: JSON.parse(labels[clusterLabels.resources] ?? '{}') as ClusterSpec['nodes'][number]['resources'],
        },
    ),
  };
}

/** Uids of the pods with PersistentVolumes, by node. */
async function podsWithVolumes(client: Client): Promise<Map<string, string[]>> {
  const { items } = await client.list(kinds.Pod);
  const has = ({ spec }: Pod): boolean =>
    spec?.volumes?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim !== undefined || ephemeral !== undefined) === true;
  const byNode = Map.groupBy(items.filter(has), ({ spec }) => spec?.nodeName ?? '');
  return new Map([...byNode].map(([node, pods]) => [node, pods.map(({ metadata }) => metadata.uid ?? '')]));
}

/**
 * Reads the node's volumes while the pods that may write to them are frozen. The thaw is the script's own last act, so that it
 * comes even when nobody reads on.
 */
async function volumesOf(context: ClusterContext, node: string, pods: readonly string[], file: string): Promise<Capture['volumes']> {
  const script = `
    set -e
    [ -n "$(ls -A ${nodePaths.localPath} 2>/dev/null)" ] || exit 0
    frozen=
    thaw() { [ -z "$frozen" ] || docker unpause $frozen >/dev/null; }
    trap thaw EXIT
    trap 'exit 1' TERM INT HUP PIPE
    for pod in ${pods.join(' ')}; do frozen="$frozen $(docker ps --quiet --filter "label=io.kubernetes.pod.uid=$pod")"; done
    frozen=$(echo $frozen)
    [ -z "$frozen" ] || docker pause $frozen >/dev/null
    tar --directory ${nodePaths.localPath} --numeric-owner --xattrs --create --file - .`;
  await spool(await context.provider.output(node, ['/bin/sh', '-c', script]), file);
  return (await stat(file)).size === 0 ? [] : [{ node, file }];
}
