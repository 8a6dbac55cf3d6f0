import { messageOf, ShoalError } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';
import { eventually } from '../eventually.ts';

/** A fresh node's own engine answers within a second; a minute covers a machine under load. */
const engineTimeoutMs = 60_000;

export interface PresentImage {
  id: string;
  tags: string[];
  layers: string[];
  /** It came from a registry, so any node can fetch it again; `docker load` leaves no digest behind. */
  pulled: boolean;
}

/** The images of a node's own engine, once that engine answers. */
export async function imagesOn(context: ClusterContext, node: string): Promise<PresentImage[]> {
  const script = `ids=$(docker image ls --all --quiet --no-trunc) || exit 1
    [ -z "$ids" ] || docker image inspect --format '{{json .}}' $(echo "$ids" | sort -u)`;
  const output = await eventually(
    async () => {
      const { exitCode, stdout, stderr } = await context.provider.exec(node, ['/bin/sh', '-c', script]);
      if (exitCode !== 0) throw new Error(stderr.trim());
      return stdout;
    },
    {
      clock: context.clock,
      signal: AbortSignal.any([AbortSignal.timeout(engineTimeoutMs), ...(context.signal === undefined ? [] : [context.signal])]),
    },
  ).catch((cause: unknown) => {
    throw new ShoalError('ENGINE_UNREACHABLE', `the engine of ${node} does not answer: ${messageOf(cause)}`, {
      next: `See \`docker logs ${node}\`.`,
      cause,
    });
  });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map(
      (line) =>
        JSON.parse(line) as { Id: string; RepoTags: string[] | null; RepoDigests: string[] | null; RootFS: { Layers: string[] | null } },
    )
    .map((image) => ({
      id: image.Id,
      tags: image.RepoTags ?? [],
      layers: image.RootFS.Layers ?? [],
      pulled: (image.RepoDigests ?? []).length > 0,
    }));
}
