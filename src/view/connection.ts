import { isReason } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import { type Clock, delay } from '../util/clock.ts';

/** Whether the API server answers. */
export interface Connection {
  readonly lost: boolean;
  onChange(changed: () => void): void;
}

const firstPauseMs = 250;
const longestPauseMs = 5000;

/**
 * A client whose lists and watches are listened to: when one breaks, the server is asked until it answers, ever more seldom
 * up to every five seconds. Informers themselves say nothing of an outage, they only wait it out.
 */
export function watchedClient(client: Client, clock: Clock, signal: AbortSignal): { client: Client; connection: Connection } {
  const listeners = new Set<() => void>();
  let lost = false;
  const set = (is: boolean): void => {
    if (lost === is) return;
    lost = is;
    for (const listener of listeners) listener();
    if (is) void untilAnswers();
  };
  const untilAnswers = async (): Promise<void> => {
    for (let pauseMs = firstPauseMs; lost && !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const answered = await client.raw('GET', '/version').then(
        () => true,
        () => false,
      );
      if (answered) set(false);
      else await delay(clock, pauseMs, signal).catch(() => undefined);
    }
  };
  const watched: Client = {
    ...client,
    list: (...args) =>
      client.list(...args).catch((thrown: unknown) => {
        if (isOutage(thrown)) set(true);
        throw thrown;
      }),
    async *watch(kind, options) {
      try {
        yield* client.watch(kind, options);
      } catch (thrown) {
        if (options?.signal?.aborted !== true && isOutage(thrown)) set(true);
        throw thrown;
      }
    },
  };
  const connection = {
    get lost() {
      return lost;
    },
    onChange: (changed: () => void): void => void listeners.add(changed),
  };
  return { client: watched, connection };
}

/** Transports say so of everything below the API; an expired watch or a refusal is an answer. */
const isOutage = (thrown: unknown): boolean => isReason(thrown, 'ServiceUnavailable');
