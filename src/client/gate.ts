import type { Clock } from '../util/clock.ts';

/** Keeps many loops from acting while somebody changes what all of them look at. */
export interface Gate {
  /** Undefined when one may go in at once; else resolves when one may. Every entrance is followed by `leave`. */
  enter(): Promise<void> | undefined;
  leave(): void;
  /** Runs `work` while nobody is inside and nobody gets in. Those inside are waited for, but not for ever. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

/** Who is inside for longer waits for something else itself, such as a webhook. */
const longestWaitMs = 1000;

export function createGate(clock: Clock): Gate {
  let inside = 0;
  let holders = 0;
  let opened = Promise.withResolvers<void>();
  let emptied: (() => void) | undefined;

  const wait = async (): Promise<void> => {
    while (holders > 0) await opened.promise;
    inside++;
  };
  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      if (inside === 0) return resolve();
      const timer = clock.after(longestWaitMs, resolve, { unref: true });
      emptied = () => {
        timer.cancel();
        resolve();
      };
    });
  return {
    enter() {
      if (holders > 0) return wait();
      inside++;
      return undefined;
    },
    leave() {
      inside--;
      if (inside === 0) emptied?.();
    },
    async hold(work) {
      holders++;
      try {
        await empty();
        return await work();
      } finally {
        holders--;
        if (holders === 0) {
          opened.resolve();
          opened = Promise.withResolvers();
        }
      }
    },
  };
}
