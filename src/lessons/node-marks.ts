import { isReady } from '../api/ready.ts';
import { kinds } from '../api/scheme.ts';
import type { Node, Taint } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';

/** What lessons change of nodes, by node. */
export type NodeMarks = Record<string, { labels: Record<string, string>; taints: Taint[]; unschedulable: boolean; ready: boolean }>;

/** Taints of the control plane's controllers come and go with a node's state: they are nobody's to put back. */
const isOwn = ({ key }: Taint): boolean => !key.startsWith('node.kubernetes.io/');

const marksOf = (node: Node): NodeMarks[string] => ({
  labels: node.metadata.labels ?? {},
  taints: (node.spec?.taints ?? []).filter(isOwn),
  unschedulable: node.spec?.unschedulable === true,
  ready: isReady(node),
});

export const readNodeMarks = async (client: Client): Promise<NodeMarks> =>
  Object.fromEntries((await client.list(kinds.Node)).items.map((node) => [node.metadata.name ?? '', marksOf(node)]));

/** Puts back labels, taints and cordons of the nodes that are still there. */
export async function restoreNodeMarks(client: Client, before: NodeMarks): Promise<void> {
  const { items } = await client.list(kinds.Node);
  await Promise.all(
    items.map(async (node) => {
      const name = node.metadata.name ?? '';
      const [was, is] = [before[name], marksOf(node)];
      if (was === undefined) return;
      const added = Object.keys(is.labels).filter((key) => was.labels[key] === undefined);
      const labels = { ...Object.fromEntries(added.map((key) => [key, null])), ...was.labels };
      const keepTaints = (node.spec?.taints ?? []).filter((taint) => !isOwn(taint));
      const sameTaints = JSON.stringify(was.taints) === JSON.stringify(is.taints);
      if (added.length === 0 && sameTaints && was.unschedulable === is.unschedulable && sameLabels(was.labels, is.labels)) return;
      await client.patch(kinds.Node, name, undefined, {
        metadata: { labels },
        spec: {
          ...(sameTaints ? {} : { taints: [...keepTaints, ...was.taints] }),
          ...(was.unschedulable === is.unschedulable ? {} : { unschedulable: was.unschedulable }),
        },
      });
    }),
  );
}

const sameLabels = (was: Record<string, string>, is: Record<string, string>): boolean =>
  Object.entries(was).every(([key, value]) => is[key] === value);
