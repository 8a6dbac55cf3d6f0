import type { Container, ContainerRuntime, PodSandbox } from './runtime/runtime.ts';
import { runtimeLabels } from './runtime/runtime.ts';

/** What the runtime has of one pod, newest first. */
export interface PodRuntime {
  sandboxes: PodSandbox[];
  containers: Container[];
}

export interface RuntimeCache {
  /** The state of a pod as of a listing that began after this call. */
  pod(uid: string): Promise<PodRuntime>;
  /** Everything, by pod uid. */
  all(): Promise<ReadonlyMap<string, PodRuntime>>;
}

const nothing: PodRuntime = { sandboxes: [], containers: [] };

/** Answers all who ask while one listing runs from the next one: a burst of pods costs two listings, not one each. */
export function createRuntimeCache(runtime: ContainerRuntime): RuntimeCache {
  let running: Promise<unknown> | undefined;
  let queued: Promise<ReadonlyMap<string, PodRuntime>> | undefined;

  async function list(): Promise<ReadonlyMap<string, PodRuntime>> {
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
    const pods = new Map<string, PodRuntime>();
    const of = (uid: string): PodRuntime => {
      const pod = pods.get(uid) ?? { sandboxes: [], containers: [] };
      pods.set(uid, pod);
      return pod;
    };
    for (const sandbox of sandboxes) of(sandbox.config.uid).sandboxes.push(sandbox);
    for (const container of containers) of(container.labels[runtimeLabels.podUid] ?? '').containers.push(container);
    for (const pod of pods.values()) {
      pod.sandboxes.sort((a, b) => b.config.attempt - a.config.attempt || b.createdAt - a.createdAt);
      pod.containers.sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt);
    }
    return pods;
  }
  const start = (): Promise<ReadonlyMap<string, PodRuntime>> => {
    const listing = list();
    const done = listing.then(
      () => undefined,
      () => undefined,
    );
    running = done;
    void done.then(() => {
      if (running === done) running = undefined;
    });
    return listing;
  };
  const all = (): Promise<ReadonlyMap<string, PodRuntime>> => {
    if (running === undefined) return start();
    queued ??= running.then(() => {
      queued = undefined;
      return start();
    });
    return queued;
  };
  return { all, pod: async (uid) => (await all()).get(uid) ?? nothing };
}
