import type { Clock } from '../../util/clock.ts';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';

/** What the waits of this folder share. */
export interface Waiting<C = Pick<ClusterContext, 'clock' | 'log'>> {
  context: C;
  signal: AbortSignal;
  /** By subject, what is not there yet. */
  missing: Map<string, string>;
}

/**
 * Runs `work` with a signal that aborts with the user's interrupt or after `timeoutMs`; then the error is INTERRUPTED, or
 * TIMEOUT with what `missing` holds.
 */
export async function withDeadline<T>(
  options: { clock: Clock; timeoutMs: number; signal: AbortSignal | undefined; missing: Map<string, string>; what: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, timeoutMs, missing, what } = options;
  const over = new AbortController();
  const timer = clock.after(timeoutMs, () => {
    const list = [...missing].map(([subject, text]) => `${subject}: ${text}`).join('; ');
    over.abort(
      new ShoalError('TIMEOUT', `${what} did not become usable within ${timeoutMs / 1000} s${list === '' ? '' : `; missing: ${list}`}`, {
        next: 'Try again with a larger --timeout, or with --retain and look at `docker logs` of the nodes.',
      }),
    );
  });
  const interrupted = (): void =>
    over.abort(new ShoalError('INTERRUPTED', `interrupted while ${what} was being worked on`, { next: 'Run the command again.' }));
  if (options.signal?.aborted === true) interrupted();
  options.signal?.addEventListener('abort', interrupted, { once: true });
  try {
    return await work(over.signal);
  } finally {
    timer.cancel();
    options.signal?.removeEventListener('abort', interrupted);
  }
}
