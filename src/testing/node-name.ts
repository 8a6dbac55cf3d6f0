import { ShoalError } from '../util/errors.ts';

/** The node that is meant: its whole name, or what of it follows the cluster's. */
export function nodeNamed(cluster: string, names: readonly string[], given: string): string {
  const found = names.find((name) => name === given || name === `${cluster}-${given}`);
  if (found !== undefined) return found;
  throw new ShoalError('NODE_NOT_FOUND', `the cluster has no node ${given}`, { next: `Its nodes are ${names.join(', ')}.` });
}
