import { errorCodes, messageOf, ShoalError } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import type { ClusterStatus } from './context.ts';
import type { ClusterDriver } from './driver.ts';
import type { Lifetime } from './lifetime.ts';
import type { SimulatedDriver } from './simulated/driver.ts';

/**
 * All clusters of this machine. A simulated cluster is known by its directory, so whatever is not one is left to the
 * engine; `up` goes by what was asked for. No name is used by both sorts.
 */
export function everyCluster(docker: ClusterDriver, simulated: SimulatedDriver, log: Logger): ClusterDriver {
  const of = async (cluster: string): Promise<ClusterDriver> => ((await simulated.has(cluster)) ? simulated : docker);
  const ofNode = async (node: string, cluster: string | undefined): Promise<ClusterDriver> => {
    if (cluster !== undefined) return of(cluster);
    return (await simulated.hasNode(node)) ? simulated : docker;
  };
  return {
    async up(spec, options = {}) {
      const other = options.simulate === true ? inEngine(docker, spec.name) : simulated.has(spec.name);
      if (await other) {
        throw nameTaken(spec.name, options.simulate === true ? 'made of containers' : 'simulated');
      }
      return (options.simulate === true ? simulated : docker).up(spec, options);
    },
    async list() {
      const [ours, others] = await Promise.all([simulated.list(), docker.list().catch((thrown: unknown) => ({ thrown }))]);
      if (Array.isArray(others)) return [...ours, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
      if (ours.length === 0 || !isEngineFault(others.thrown)) throw others.thrown;
      if (!isEngineMissing(others.thrown)) log.warn(`only simulated clusters can be seen: ${messageOf(others.thrown)}`);
      return ours;
    },
    async down(cluster, only) {
      if (await simulated.has(cluster)) return simulated.down(cluster, only);
      return docker.down(cluster, only).catch((thrown: unknown) => {
        // Where no engine is installed there are no containers to remove.
        if (isEngineMissing(thrown)) return false;
        throw thrown;
      });
    },
    lifetime: async (cluster) => (await of(cluster)).lifetime(cluster),
    async lifetimes() {
      const ofEngine = docker.lifetimes().catch((thrown: unknown) => {
        if (isEngineFault(thrown)) return new Map<string, Lifetime>();
        throw thrown;
      });
      return new Map([...(await simulated.lifetimes()), ...(await ofEngine)]);
    },
    setExpiry: async (cluster, expires) => (await of(cluster)).setExpiry(cluster, expires),
    status: async (cluster) => (await of(cluster)).status(cluster),
    stop: async (cluster) => (await of(cluster)).stop(cluster),
    start: async (cluster) => (await of(cluster)).start(cluster),
    reset: async (cluster) => (await of(cluster)).reset(cluster),
    capture: async (cluster, directory, options) => (await of(cluster)).capture(cluster, directory, options),
    bringBack: async (cluster, snapshot) => (await of(cluster)).bringBack(cluster, snapshot),
    machineLogs: async (cluster) => (await of(cluster)).machineLogs(cluster),
    access: async (cluster) => (await of(cluster)).access(cluster),
    load: async (cluster, images) => (await of(cluster)).load(cluster, images),
    addNode: async (cluster, node) => (await of(cluster)).addNode(cluster, node),
    removeNode: async (node, cluster) => (await ofNode(node, cluster)).removeNode(node, cluster),
    killNode: async (node, cluster) => (await ofNode(node, cluster)).killNode(node, cluster),
    startNode: async (node, cluster) => (await ofNode(node, cluster)).startNode(node, cluster),
  };
}

/** The refusal to give a name to two clusters of different sorts. */
export const nameTaken = (cluster: string, sort: 'made of containers' | 'simulated'): ShoalError =>
  new ShoalError('CLUSTER_EXISTS', `a cluster named ${cluster} exists, and it is ${sort}`, {
    next: `Remove it with \`shoal down ${cluster}\`, or give this one another name.`,
  });

/** No engine means no containers: simulated clusters need none. */
async function inEngine(docker: ClusterDriver, name: string): Promise<boolean> {
  const present = await docker.list().catch((thrown: unknown): ClusterStatus[] => {
    if (isEngineFault(thrown)) return [];
    throw thrown;
  });
  return present.some((cluster) => cluster.name === name);
}

const isEngineFault = (thrown: unknown): boolean => thrown instanceof ShoalError && errorCodes[thrown.code].exit === 'engine';
const isEngineMissing = (thrown: unknown): boolean => thrown instanceof ShoalError && thrown.code === 'ENGINE_MISSING';
