import { isNotFound } from '../api/status.ts';
import { readTimeline } from '../timeline/read.ts';
import { renderTimeline } from '../timeline/render.ts';
import type { Collector } from './collector.ts';

/** More than a CI job makes; the newest count. */
const limit = 20_000;
const width = 160;

/** `timeline.txt` and `timeline.json`: what happened, in order. Nothing where the server keeps no timeline. */
export const collectTimeline: Collector = async function* ({ client }) {
  const timeline = await readTimeline(client, { limit }).catch((thrown: unknown) => {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  });
  if (timeline === undefined) return;
  yield { path: 'timeline.txt', text: renderTimeline(timeline.entries, { width }) };
  yield { path: 'timeline.json', text: `${JSON.stringify(timeline, null, 2)}\n` };
};
