import type Docker from 'dockerode';

/** Names of everything that the engine holds of clusters whose name contains `name`: containers, networks, volumes. */
export async function remains(docker: Docker, name: string): Promise<string[]> {
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const names = [
    ...containers.flatMap((each) => each.Names),
    ...networks.map((each) => each.Name),
    ...(volumes.Volumes ?? []).map((each) => each.Name),
  ];
  return names.filter((each) => each.includes(name));
}
