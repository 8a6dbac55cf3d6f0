import type { Clock } from '../../util/clock.ts';
import type { ClusterDriver } from '../driver.ts';
import { hasExpired } from '../lifetime.ts';

/** Removes the clusters whose time to live has ended while nobody was there to do it; resolves to their names. */
export async function sweepExpired(clusters: Pick<ClusterDriver, 'lifetimes' | 'down'>, clock: Clock): Promise<string[]> {
  const expired = hasExpired(clock.now());
  const due = [...(await clusters.lifetimes())].filter(([, lifetime]) => expired(lifetime)).map(([name]) => name);
  const removed = await Promise.all(due.map((name) => clusters.down(name, expired)));
  return due.filter((_, index) => removed[index]);
}
