import { withFreePorts } from '../plan.ts';
import type { ClusterSpec } from '../spec.ts';
import type { StateEntry } from '../state/api-state.ts';

/** Names of a cluster's nodes as another cluster has them: `lab-worker` → `copy-worker`, and `big` → `copy-big`. */
export const renamedNode = (node: string, from: string, to: string): string =>
  from === to ? node : `${to}-${node.startsWith(`${from}-`) ? node.slice(from.length + 1) : node}`;

/** The same cluster under another name, with ports of its own. */
export const renamedSpec = (spec: ClusterSpec, to: string): ClusterSpec => ({
  ...withFreePorts(spec),
  name: to,
  nodes: spec.nodes.map((node) => ({
    ...node,
    name: renamedNode(node.name, spec.name, to),
    ports: node.ports.map((port) => ({ ...port, hostPort: 0 })),
  })),
});

const nodes = '/core/nodes/';
/** Where objects name nodes: whole objects, or a part of them. */
const naming: Record<string, (object: Record<string, unknown>, rename: (value: unknown) => unknown) => Record<string, unknown>> = {
  '/core/nodes/': (object, rename) => rename(object) as Record<string, unknown>,
  '/core/pods/': (object, rename) => ({ ...object, spec: rename(object['spec']) }),
  '/core/persistentvolumes/': (object, rename) => ({ ...object, spec: rename(object['spec']) }),
  // The annotation volume.kubernetes.io/selected-node.
  '/core/persistentvolumeclaims/': (object, rename) => {
    const metadata = object['metadata'] as Record<string, unknown>;
    return { ...object, metadata: { ...metadata, annotations: rename(metadata['annotations']) } };
  },
  '/storage.k8s.io/volumeattachments/': (object, rename) => ({ ...object, spec: rename(object['spec']) }),
};

/** State with its nodes renamed wherever pods and volumes are bound to them. */
export function renamedState(entries: readonly StateEntry[], from: string, to: string): StateEntry[] {
  if (from === to) return [...entries];
  const names = new Map(
    entries
      .filter(([key]) => key.startsWith(nodes))
      .map(([key]) => [key.slice(nodes.length), renamedNode(key.slice(nodes.length), from, to)]),
  );
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rename(inner)]));
  };
  return entries.map(([key, object]) => {
    const place = Object.keys(naming).find((prefix) => key.startsWith(prefix));
    const renamed = place === undefined ? object : (naming[place]?.(object, rename) ?? object);
    return [place === nodes ? nodes + (names.get(key.slice(nodes.length)) ?? '') : key, renamed];
  });
}
