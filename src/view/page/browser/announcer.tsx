import { useEffect, useRef, useState } from 'preact/hooks';
import { allPods } from '../../filter.ts';
import type { Picture } from '../../picture.ts';
import { plural } from './words.ts';

/** A screen reader is told at most this often; milliseconds. */
const pauseMs = 4000;

/** Says what has changed, in a sentence for all of it: a cluster that moves would otherwise never stop talking. */
export function Announcer({ picture, live }: { picture: Picture; live: boolean }) {
  const [said, say] = useState('');
  const latest = useRef({ picture, live });
  const told = useRef({ picture, live });
  latest.current = { picture, live };
  useEffect(() => {
    const timer = setInterval(() => {
      const sentence = difference(told.current, latest.current);
      told.current = latest.current;
      if (sentence !== '') say(sentence);
    }, pauseMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}

interface Moment {
  picture: Picture;
  live: boolean;
}

function difference(before: Moment, after: Moment): string {
  const parts: string[] = [];
  if (before.live !== after.live) parts.push(after.live ? 'Connected again.' : 'The connection is lost.');
  const was = new Map(before.picture.nodes.map(({ name, state }) => [name, state]));
  for (const { name, state } of after.picture.nodes) if (was.get(name) !== state) parts.push(`Node ${name} is ${state}.`);
  const [old, now] = [
    new Map(allPods(before.picture).map((pod) => [pod.uid, pod])),
    new Map(allPods(after.picture).map((pod) => [pod.uid, pod])),
  ];
  const came = [...now.keys()].filter((uid) => !old.has(uid)).length;
  const went = [...old.keys()].filter((uid) => !now.has(uid)).length;
  if (came > 0) parts.push(`${plural(came, 'new pod')}.`);
  if (went > 0) parts.push(`${plural(went, 'pod')} gone.`);
  const seen = new Set(before.picture.events.map(({ uid, count }) => `${uid} ${count}`));
  const warnings = after.picture.events.filter(({ uid, count, type }) => type === 'Warning' && !seen.has(`${uid} ${count}`));
  const [first] = warnings;
  if (first !== undefined) parts.push(`Warning: ${first.reason} of ${first.regarding.kind} ${first.regarding.name}.`);
  if (warnings.length > 1) parts.push(`And ${plural(warnings.length - 1, 'more warning')}.`);
  return parts.join(' ');
}
