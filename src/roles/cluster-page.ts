import type { IncomingMessage, ServerResponse } from 'node:http';
import { statePath, timelinePath } from '../timeline/answer.ts';
import type { ClusterState, Timeline } from '../timeline/entry.ts';
import type { Clock } from '../util/clock.ts';
import { broadcast } from '../view/broadcast.ts';
import { followInformers } from '../view/follow.ts';
import { pageAssets } from '../view/page/assets.ts';
import { createPageHandler } from '../view/page/handler.ts';
import { pictureOfLists } from '../view/past.ts';
import type { ControlPlane } from './control-plane.ts';

/** What a cluster's gateway shows at `shoal.localhost`: live from the control plane's own caches, the past from its timeline. */
export function clusterPage(
  cluster: string,
  { client, informers }: Pick<ControlPlane, 'client' | 'informers'>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): (request: IncomingMessage, response: ServerResponse) => void {
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await client.raw<T | string>('GET', path);
    return typeof answer === 'string' ? (JSON.parse(answer) as T) : answer;
  };
  return createPageHandler({
    cluster,
    assets: pageAssets,
    subscribe: broadcast(() => followInformers(informers, { clock, signal })),
    past: {
      oldest: async () => Date.parse((await ask<Timeline>(`${timelinePath}?limit=1`)).oldest.at),
      at: async (time) => pictureOfLists((await ask<ClusterState>(`${statePath}?at=${new Date(time).toISOString()}`)).lists),
    },
    clock,
  });
}
