import type { Collector } from './collector.ts';
import { collectEvents } from './events.ts';
import { collectMachineLogs } from './machine-logs.ts';
import { collectObjects } from './objects.ts';
import { collectPodLogs } from './pod-logs.ts';
import { collectTimeline } from './timeline.ts';
import { collectWhy } from './why.ts';

/** Every sort of evidence, by the name that notes give it; what tells most comes first. */
export const collectors = {
  why: collectWhy,
  events: collectEvents,
  timeline: collectTimeline,
  objects: collectObjects,
  'pod logs': collectPodLogs,
  'machine logs': collectMachineLogs,
} as const satisfies Record<string, Collector>;
