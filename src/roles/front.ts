import type { ApiRequest } from '../api/http.ts';
import { chaosGroup } from '../chaos/fault.ts';

/** Where the API server's requests come in: they can be made to wait there. */
export interface Front {
  hold(request: Pick<ApiRequest, 'path'>): Promise<void> | undefined;
  stall(): void;
  resume(): void;
}

const faultPaths = `/apis/${chaosGroup}/`;

/** Requests about Faults never wait: a server that stands still on purpose could not be told to go on. */
export function createFront(): Front {
  let still: PromiseWithResolvers<void> | undefined;
  return {
    hold: ({ path }) => (still === undefined || path.startsWith(faultPaths) ? undefined : still.promise),
    stall() {
      still ??= Promise.withResolvers();
    },
    resume() {
      still?.resolve();
      still = undefined;
    },
  };
}
