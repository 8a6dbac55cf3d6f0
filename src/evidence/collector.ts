import type { Client } from '../client/client.ts';
import type { Explanation } from '../why/finding.ts';

/** What collectors work with. */
export interface EvidenceContext {
  client: Client;
  /** What the machines under the cluster wrote, by their names: node containers, or the process of a simulated cluster. */
  machineLogs(): Promise<Map<string, string>>;
  /** Everything that is not well; asked for once. */
  unhealthy(): Promise<Explanation[]>;
}

/** One file of the folder; `path` is below it. */
export interface EvidenceFile {
  path: string;
  text: string;
}

/**
 * Finds out one sort of thing about a cluster in whatever state it is. A collector may throw halfway: what it gave until then
 * is kept, and why it ended is noted beside it.
 */
export type Collector = (context: EvidenceContext) => AsyncIterable<EvidenceFile>;
