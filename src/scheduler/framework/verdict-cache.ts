import type { NodeInfo } from '../cache/node-info.ts';
import type { Status } from './status.ts';

/** What the plugins that depend on pod and node alone said of a node. */
export interface Verdict {
  /** The node's generation that this holds for. */
  generation: number;
  refusal: Status | undefined;
  /** Raw scores by place in the list of score plugins, once asked for. */
  readonly scores: (number | undefined)[];
}

/**
 * Verdicts of pods that are alike (equal signatures), by node. Replicas of one template are the rule, and placing one
 * changes one node: the others' verdicts stay, so a further replica costs a look-up per node.
 */
export interface VerdictCache {
  /** By the nodes' `slot`. */
  of(signature: string): (Verdict | undefined)[];
  /** Forgets everything when nodes have come or gone since, as their slots may be others' now. */
  follow(nodes: readonly NodeInfo[]): void;
}

const limit = 64;

export function createVerdictCache(): VerdictCache {
  const bySignature = new Map<string, (Verdict | undefined)[]>();
  let followed: readonly NodeInfo[] | undefined;
  return {
    of(signature) {
      const verdicts = bySignature.get(signature) ?? [];
      bySignature.delete(signature);
      bySignature.set(signature, verdicts);
      const oldest = bySignature.size > limit ? bySignature.keys().next().value : undefined;
      if (oldest !== undefined) bySignature.delete(oldest);
      return verdicts;
    },
    follow(nodes) {
      if (nodes !== followed) bySignature.clear();
      followed = nodes;
    },
  };
}
