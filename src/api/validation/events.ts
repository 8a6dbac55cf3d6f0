import { semanticEqual } from '../deep-equal.ts';
import { qualifiedNameErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { Event } from '../types/core-v1.ts';
import type { Event as EventsEvent } from '../types/events-v1.ts';
import { immutable } from './common.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

/** What every event must pass, whichever version it comes by, in the words of both versions. */
interface Named {
  namespace: string | undefined;
  involved: string | undefined;
  /** The controller's field has a name per version. */
  controller: readonly [field: string, value: string | undefined];
  message: string | undefined;
}

/**
 * legacyValidateEvent: an event without an eventTime lives in its object's namespace, and in `default` where the object has
 * none; one with an eventTime says who reports it and what was done.
 */
function* legacy(event: Event | EventsEvent, { namespace, involved = '', controller, message = '' }: Named): Errors {
  const elsewhere = invalid('involvedObject.namespace', involved, 'does not match event.namespace');
  if ((event.eventTime ?? '') === '') {
    if (namespace !== (involved === '' ? 'default' : involved)) yield elsewhere;
    return;
  }
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') yield elsewhere;
  const [field, name = ''] = controller;
  if (name === '') yield required(field);
  for (const problem of qualifiedNameErrors(name)) yield invalid(field, name, problem);
  const { reportingInstance = '', action = '', reason = '' } = event;
  for (const [part, text] of Object.entries({ reportingInstance, action, reason })) {
    if (text === '') yield required(part);
    yield* atMost(part, text, 128);
  }
  yield* atMost('message', message, 1024);
}

function* atMost(field: string, text: string, bytes: number): Errors {
  if (Buffer.byteLength(text) > bytes) yield invalid(field, '', `can have at most ${bytes} characters`);
}

/** core/v1 events are checked loosely, for old clients. */
export function* coreEvent(event: Event): Errors {
  yield* core(event);
  yield* objectMeta(kinds.Event, event.metadata);
}
export function* coreEventUpdate(event: Event, old: Event): Errors {
  yield* objectMetaUpdate(event.metadata, old.metadata);
  yield* core(event);
}
const core = (event: Event): Errors =>
  legacy(event, {
    namespace: event.metadata.namespace,
    involved: event.involvedObject?.namespace,
    controller: ['reportingComponent', event.reportingComponent],
    message: event.message,
  });

const modern = (event: EventsEvent): Errors =>
  legacy(event, {
    namespace: event.metadata.namespace,
    involved: event.regarding?.namespace,
    controller: ['reportingController', event.reportingController],
    message: event.note,
  });

/** What only old clients set, under the names that upstream reports (those of core/v1). */
const deprecated = {
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const satisfies Partial<Record<keyof EventsEvent, string>>;

export function* event(object: EventsEvent): Errors {
  yield* modern(object);
  yield* objectMeta(kinds.EventsEvent, object.metadata);
  yield* eventSeries(object);
  if ((object.eventTime ?? '') === '') yield required('eventTime');
  if (object.type !== 'Normal' && object.type !== 'Warning') yield invalid('type', '', `has invalid value: ${object.type ?? ''}`);
  for (const [part, field] of Object.entries(deprecated)) {
    if (object[part as keyof typeof deprecated]) yield invalid(field, '', 'needs to be unset');
  }
  const { component, host } = object.deprecatedSource ?? {};
  if (component || host) yield invalid('source', '', 'needs to be unset');
}

function* eventSeries({ series }: EventsEvent): Errors {
  if (series === undefined) return;
  if (series.count < 2) yield invalid('series.count', '', 'should be at least 2');
  if (!series.lastObservedTime) yield required('series.lastObservedTime');
}

/** What stays of an event of events.k8s.io. */
const fixed = {
  ...deprecated,
  regarding: 'involvedObject',
  reason: 'reason',
  note: 'message',
  deprecatedSource: 'source',
  type: 'type',
  eventTime: 'eventTime',
  action: 'action',
  related: 'related',
  reportingController: 'reportingController',
  reportingInstance: 'reportingInstance',
} as const satisfies Partial<Record<keyof EventsEvent, string>>;

/** Only its series may change. */
export function* eventUpdate(object: EventsEvent, old: EventsEvent): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* modern(object);
  if (!semanticEqual(object.series, old.series)) yield* eventSeries(object);
  for (const [part, field] of Object.entries(fixed)) {
    yield* immutable(field, object[part as keyof typeof fixed], old[part as keyof typeof fixed]);
  }
}
