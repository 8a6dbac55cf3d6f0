/**
 * The one source of time. Nothing else in `src/` reads the time or sets a timer for behaviour, so that a test can run a
 * day of CronJobs, back-offs and leases in milliseconds. Implementations: {@link systemClock} here, `virtualClock` in
 * `virtual-clock.ts`.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once, `ms` from now. The timer keeps the process alive unless `unref` is set. */
  after(ms: number, fire: () => void, options?: { unref?: boolean }): Timer;
}

export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fire, options) {
    // Node clamps delays above 2^31-1 ms to 1 ms, so longer ones are taken in legs.
    const longest = 2_147_483_647;
    let handle: NodeJS.Timeout;
    const leg = (left: number): void => {
      handle = setTimeout(() => (left > longest ? leg(left - longest) : fire()), Math.max(0, Math.min(left, longest)));
      if (options?.unref === true) handle.unref();
    };
    leg(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves `ms` from now by `clock`; rejects with the signal's reason when it is aborted first. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

let lastSecond = { second: Number.NaN, text: '' };

/** The clock's time as Kubernetes' `metav1.Time` writes it: RFC 3339 in whole seconds. Every write asks, so a second is written once. */
export function timestamp(clock: Clock): string {
  const second = Math.floor(clock.now() / 1000);
  if (second !== lastSecond.second) lastSecond = { second, text: new Date(second * 1000).toISOString().replace('.000Z', 'Z') };
  return lastSecond.text;
}

/** The clock's time as `metav1.MicroTime` writes it. */
export const microTimestamp = (clock: Clock): string => new Date(clock.now()).toISOString().replace(/Z$/, '000Z');
