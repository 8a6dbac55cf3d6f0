import { isReady } from '../api/ready.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { Informer } from '../client/informer.ts';

/** Tells those who wait for something on a node that it is lost: no longer Ready, or gone. */
export interface LostNodes {
  /** Calls `lost` once if the node is lost before the function that comes back is called. */
  wait(node: string, lost: () => void): () => void;
}

/**
 * A machine that dies sends no end of its connections: whoever has asked one of its pods would wait for as long as the caller
 * does. That the node is lost is known seconds later.
 */
export function followLostNodes(nodes: Informer<Node>): LostNodes {
  const waiting = new Map<string, Set<() => void>>();
  const lose = (name: string): void => {
    const all = waiting.get(name);
    waiting.delete(name);
    for (const lost of all ?? []) lost();
  };
  nodes.on({
    update(node, previous) {
      if (isReady(previous) && !isReady(node)) lose(node.metadata.name ?? '');
    },
    delete: (node) => lose(node.metadata.name ?? ''),
  });
  return {
    wait(node, lost) {
      const all = waiting.get(node) ?? new Set();
      waiting.set(node, all.add(lost));
      return () => {
        all.delete(lost);
        if (all.size === 0 && waiting.get(node) === all) waiting.delete(node);
      };
    },
  };
}
