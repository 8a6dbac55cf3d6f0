import { kinds } from '../api/scheme.ts';
import type { Event } from '../api/types/core-v1.ts';
import type { Collector } from './collector.ts';

const timeOf = ({ lastTimestamp, eventTime, metadata }: Event): string => lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';

/** `events.txt`: all Events by time, one a line. */
export const collectEvents: Collector = async function* ({ client }) {
  const { items } = await client.list(kinds.Event);
  const lines = items
    .toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .map((event) => {
      const { type, reason, message, count, series, involvedObject: about } = event;
      const place = about.namespace === undefined ? '' : `${about.namespace}/`;
      const times = series?.count ?? count ?? 1;
      return [timeOf(event), type, reason, `${about.kind} ${place}${about.name}`, `${message}${times > 1 ? ` (${times} times)` : ''}`].join(
        '  ',
      );
    });
  yield { path: 'events.txt', text: lines.map((line) => `${line}\n`).join('') };
};
