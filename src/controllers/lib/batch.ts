/**
 * Runs `work` `count` times in rounds of 1, 2, 4… at once and stops after the first round with a failure, so that a
 * request that cannot succeed (a full quota, say) is not repeated hundreds of times. Matches upstream's `slowStartBatch`.
 */
export async function slowStartBatch(
  count: number,
  work: (index: number) => Promise<void>,
): Promise<{ successes: number; error?: unknown }> {
  let done = 0;
  for (let size = 1; done < count; size *= 2) {
    const round = Math.min(size, count - done);
    const outcomes = await Promise.allSettled(Array.from({ length: round }, (_, i) => work(done + i)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined)
      return { successes: done + outcomes.filter((outcome) => outcome.status === 'fulfilled').length, error: failure.reason };
    done += round;
  }
  return { successes: done };
}

/** Runs all at once, waits for all, then throws the first failure. */
export async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
