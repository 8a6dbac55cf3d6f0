/** `shoal/testing/vitest`: clusters as fixtures of vitest. */
import { test as base, type TestAPI } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { TestCluster } from './cluster.ts';
import { createCluster } from './create-cluster.ts';
import type { ClusterOptions } from './options.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Text of the kubeconfig of the cluster that `clusterForAll` made. */
    shoalKubeconfig: string;
  }
}

/** `test` with a fixture `cluster`: one for each test, made when a test asks for it and removed after it. */
export const clusterPerTest = (options: ClusterOptions = {}): TestAPI<{ cluster: TestCluster }> =>
  base.extend<{ cluster: TestCluster }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs.
    cluster: async ({}, use) => {
      await using cluster = await createCluster(options);
      await use(cluster);
    },
  });

/** The same with one cluster for all tests of a file, which is reset after each of them. */
export const clusterPerFile = (options: ClusterOptions = {}): TestAPI<{ cluster: TestCluster }> =>
  base
    .extend<{ fileCluster: TestCluster }>({
      fileCluster: [
        // biome-ignore lint/correctness/noEmptyPattern: as above.
        async ({}, use) => {
          await using cluster = await createCluster(options);
          await use(cluster);
        },
        { scope: 'file' },
      ],
    })
    .extend<{ cluster: TestCluster }>({
      cluster: async ({ fileCluster }, use) => {
        await use(fileCluster);
        await fileCluster.reset();
      },
    });

/**
 * A global setup: one cluster for the whole run. Its kubeconfig is provided as `shoalKubeconfig`, for
 * `createCluster({ existing: inject('shoalKubeconfig') })`.
 */
export const clusterForAll =
  (options: ClusterOptions = {}) =>
  async (project: TestProject): Promise<() => Promise<void>> => {
    const cluster = await createCluster(options);
    project.provide('shoalKubeconfig', await cluster.kubeconfig());
    return () => cluster.stop();
  };
