import { createDockerProvider } from '../docker/docker-provider.ts';
import { connectEngine } from '../engine/connect.ts';
import type { Provider } from '../provider.ts';
import type { EngineThings, Remains } from './check.ts';

const nothing: EngineThings = {
  dataRoot: async () => undefined,
  capabilities: async () => [],
  remains: async () => [],
  staleImages: async () => [],
  removeImage: async () => undefined,
};

/** Repositories of the images that Shoal makes for nodes, each of whose tags is one state of its sources. */
const repositories = ['shoal/node', 'shoal/runtime', 'shoal/packages'];
/** The newest of each repository are in use, or will be by the checkout beside this one. */
const kept = 2;

/** Looks into the engine that answers; without one there is nothing to see. */
export async function engineThings(answers: boolean): Promise<EngineThings> {
  if (!answers) return nothing;
  const { docker, address } = await connectEngine();
  const provider = createDockerProvider(docker);
  return {
    async dataRoot() {
      return address.host.startsWith('unix:') ? ((await docker.info()) as { DockerRootDir?: string }).DockerRootDir : undefined;
    },
    capabilities: async () => (await provider.info()).capabilities,
    remains: () => remainsOf(provider),
    async staleImages() {
      const [images, containers] = await Promise.all([docker.listImages(), docker.listContainers({ all: true })]);
      const used = new Set(containers.map(({ ImageID }) => ImageID));
      const stale = repositories.flatMap((repository) =>
        images
          .filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith(`${repository}:`)))
          .sort((a, b) => b.Created - a.Created)
          .slice(kept),
      );
      return stale
        .filter(({ Id }) => !used.has(Id))
        .flatMap(({ Id, RepoTags, Size }) => (RepoTags ?? []).map((name) => ({ id: Id, name, bytes: Size })));
    },
    async removeImage(name) {
      await docker.getImage(name).remove();
    },
  };
}

/** By label, as everything of a cluster is found. */
async function remainsOf(provider: Provider): Promise<Remains[]> {
  const [nodes, networks] = await Promise.all([provider.nodes(), provider.networks()]);
  const whole = new Set(nodes.filter(({ role }) => role === 'control-plane').map(({ cluster }) => cluster));
  const containers = nodes
    .filter(({ cluster }) => !whole.has(cluster))
    .map(({ cluster, name }): Remains => ({ cluster, what: `the container ${name}`, remove: () => provider.removeNode(name) }));
  const lost = networks
    .filter(({ cluster }) => !whole.has(cluster))
    .map(({ cluster, name }): Remains => ({ cluster, what: `the network ${name}`, remove: () => provider.removeNetwork(cluster) }));
  return [...containers, ...lost];
}
