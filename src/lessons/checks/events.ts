import { kinds } from '../../api/scheme.ts';
import type { EventCheck } from '../lesson.ts';
import type { Finding, Ground } from './ground.ts';

export const expectedOfEvent = ({ event }: EventCheck): string =>
  [
    `an event${event.reason === undefined ? '' : ` ${event.reason}`} of ${event.for}`,
    event.contains === undefined ? '' : ` that says "${event.contains}"`,
    (event.atLeast ?? 1) > 1 ? `, ${event.atLeast} times` : '',
  ].join('');

/** Events of the lesson's namespace; one that was repeated counts as often as it says. */
export async function lookAtEvents({ event }: EventCheck, { client, namespace }: Ground): Promise<Finding> {
  const [kind, name] = event.for.split('/');
  const { items } = await client.list(kinds.Event, { namespace });
  const about = items.filter(({ involvedObject }) => involvedObject.kind === kind && (name === undefined || involvedObject.name === name));
  const matching = about.filter(
    ({ reason, message }) =>
      (event.reason === undefined || reason === event.reason) && (event.contains === undefined || (message ?? '').includes(event.contains)),
  );
  const times = matching.reduce((sum, { count, series }) => sum + (series?.count ?? count ?? 1), 0);
  const reasons = [...new Set(about.map(({ reason }) => reason ?? ''))];
  const seen = about.length === 0 ? `no event of ${event.for}` : `events of ${event.for}: ${reasons.join(', ')}`;
  return { passed: times >= (event.atLeast ?? 1), seen: times === 0 ? seen : `${times === 1 ? 'once' : `${times} times`}` };
}
