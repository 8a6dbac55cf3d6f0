import type { Client } from '../../client/client.ts';
import type { Clock } from '../../util/clock.ts';

/** What checks look at. */
export interface Ground {
  client: Client;
  clock: Clock;
  /** The lesson's. */
  namespace: string;
  /** Where Services answer; undefined when nobody knows. */
  gateway: URL | undefined;
  /** All nodes are simulated: what needs real ones is skipped. */
  simulated: boolean;
}

/** What a look gave: whether the check holds, and what there was, in words. */
export interface Finding {
  passed: boolean;
  seen: string;
}
