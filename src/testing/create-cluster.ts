import { ShoalError } from '../util/errors.ts';
import type { TestCluster } from './cluster.ts';
import type { ClusterOptions } from './options.ts';

/**
 * Makes a cluster and resolves when pods can be made in it. Use it with `await using`, so that it goes with the block; any
 * number of clusters stand side by side.
 */
export async function createCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const existing = options.existing ?? existingFromEnvironment();
  if (existing !== undefined || options.real === true) {
    if (options.clock === 'virtual') {
      throw new ShoalError('NOT_IN_PROCESS', 'only a cluster in this process can have a virtual clock', {
        next: 'Leave out `real` and `existing`, and unset SHOAL_USE_EXISTING_CLUSTER.',
      });
    }
    if (existing !== undefined) return (await import('./existing.ts')).existingCluster(existing, options);
    return (await import('./real.ts')).createReal(options);
  }
  return (await import('./in-process.ts')).createInProcess(options);
}

/** As envtest's USE_EXISTING_CLUSTER: `true`, or the path of a kubeconfig. */
function existingFromEnvironment(): string | undefined {
  const value = process.env['SHOAL_USE_EXISTING_CLUSTER'] ?? '';
  if (value === '' || value === 'false' || value === '0') return undefined;
  return value === 'true' || value === '1' ? (process.env['KUBECONFIG'] ?? `${process.env['HOME'] ?? ''}/.kube/config`) : value;
}
