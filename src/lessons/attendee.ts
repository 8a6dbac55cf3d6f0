import { isReady } from '../api/ready.ts';
import { kinds } from '../api/scheme.ts';
import type { Pod } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { readProgress } from './progress.ts';

/** How far somebody is, and how their cluster is, as an instructor wants to know it. */
export interface AttendeeReport {
  nodes: { ready: number; total: number };
  pods: { total: number; failing: number };
  /** The lesson that was started last. */
  current?: string;
  /** By lesson: the step that is being worked on, from 1, hints that were asked for in it, solutions that were applied. */
  lessons: Record<string, { step: number; hints: number; solved: number; finished: boolean }>;
}

/** Waiting for something that will not come by itself, as a rule. */
const isFailing = ({ status }: Pod): boolean =>
  (status?.containerStatuses ?? []).some(({ state }) => /BackOff|Err|Error/.test(state?.waiting?.reason ?? '')) ||
  status?.phase === 'Failed';

export async function attendeeReport(client: Client): Promise<AttendeeReport> {
  const [nodes, pods, { current, lessons }] = await Promise.all([client.list(kinds.Node), client.list(kinds.Pod), readProgress(client)]);
  return {
    nodes: { ready: nodes.items.filter(isReady).length, total: nodes.items.length },
    pods: { total: pods.items.length, failing: pods.items.filter(isFailing).length },
    ...(current === undefined ? {} : { current }),
    lessons: Object.fromEntries(
      Object.entries(lessons).map(([name, { step, hints, solved, finished }]) => [
        name,
        { step: step + 1, hints, solved: solved.length, finished: finished !== undefined },
      ]),
    ),
  };
}
