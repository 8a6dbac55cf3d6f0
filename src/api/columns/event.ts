import { kinds } from '../scheme.ts';
import type { Event as CoreEvent } from '../types/core-v1.ts';
import type { Event as EventsEvent } from '../types/events-v1.ts';
import { since } from './format.ts';
import { column, columnsOf, doc, nameColumn, wide } from './table.ts';

const definitions = [
  column('Last Seen', doc('core.v1.Event', 'lastTimestamp')),
  column('Type', doc('core.v1.Event', 'type')),
  column('Reason', doc('core.v1.Event', 'reason')),
  column('Object', doc('core.v1.Event', 'involvedObject')),
  wide('Subobject', doc('core.v1.ObjectReference', 'fieldPath')),
  wide('Source', doc('core.v1.Event', 'source')),
  column('Message', doc('core.v1.Event', 'message')),
  wide('First Seen', doc('core.v1.Event', 'firstTimestamp')),
  wide('Count', doc('core.v1.Event', 'count')),
  { ...nameColumn, priority: 1 },
];

function cells(event: CoreEvent, now: number): unknown[] {
  const { involvedObject: target = {}, series, source } = event;
  const first = since(event.firstTimestamp ?? event.eventTime, now);
  const last = (event.lastTimestamp ?? '') === '' ? first : since(event.lastTimestamp, now);
  const kind = (target.kind ?? '').toLowerCase();
  const component = source?.component || event.reportingComponent;
  const host = source?.host || event.reportingInstance;
  return [
    series === undefined ? last : since(series.lastObservedTime, now),
    event.type ?? '',
    event.reason ?? '',
    (target.name ?? '') === '' ? kind : `${kind}/${target.name}`,
    target.fieldPath ?? '',
    [component, host].filter((part) => part !== undefined && part !== '').join(', '),
    (event.message ?? '').trim(),
    first,
    // Single events of the newer API leave the count out.
    series?.count ?? (event.count || 1),
    event.metadata.name ?? '',
  ];
}

/** The same event under the names of core/v1 (upstream keeps both as one internal type). */
const asCore = (event: EventsEvent): CoreEvent => ({
  metadata: event.metadata,
  involvedObject: event.regarding ?? {},
  ...pick('reason', event.reason),
  ...pick('message', event.note),
  ...pick('type', event.type),
  ...pick('series', event.series),
  ...pick('eventTime', event.eventTime),
  ...pick('count', event.deprecatedCount),
  ...pick('source', event.deprecatedSource),
  ...pick('firstTimestamp', event.deprecatedFirstTimestamp),
  ...pick('lastTimestamp', event.deprecatedLastTimestamp),
  ...pick('reportingComponent', event.reportingController),
  ...pick('reportingInstance', event.reportingInstance),
});
const pick = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

export const eventColumns = [
  columnsOf(kinds.Event, definitions, cells),
  columnsOf(kinds.EventsEvent, definitions, (event, now) => cells(asCore(event), now)),
];
