import { kinds } from '../scheme.ts';
import type { Event } from '../types/core-v1.ts';
import type { Event as EventsEvent } from '../types/events-v1.ts';
import { immutable } from './common.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

/** An event lives in its object's namespace; events of cluster-scoped objects in `default` (or kube-system). */
function* place(field: string, namespace: string | undefined, involved: string | undefined): Errors {
  if (!involved) {
    if (namespace !== 'default' && namespace !== 'kube-system') yield invalid(field, involved ?? '', 'does not match event.namespace');
  } else if (namespace !== involved) yield invalid(field, involved, 'does not match event.namespace');
}

/** core/v1 events are checked loosely, for old clients; those with an eventTime like events.k8s.io/v1. */
export function* coreEvent(event: Event): Errors {
  yield* place('involvedObject.namespace', event.metadata.namespace, event.involvedObject?.namespace);
  yield* objectMeta(kinds.Event, event.metadata);
  if ((event.eventTime ?? '') === '') return;
  yield* modern(event.reportingComponent, event.reportingInstance, event.action, event.reason, 'reportingController');
}
export function* coreEventUpdate(event: Event, old: Event): Errors {
  yield* objectMetaUpdate(event.metadata, old.metadata);
  yield* place('involvedObject.namespace', event.metadata.namespace, event.involvedObject?.namespace);
}

export function* event(object: EventsEvent): Errors {
  yield* place('involvedObject.namespace', object.metadata.namespace, object.regarding?.namespace);
  yield* objectMeta(kinds.EventsEvent, object.metadata);
  if ((object.eventTime ?? '') === '') yield required('eventTime');
  yield* modern(object.reportingController, object.reportingInstance, object.action, object.reason, 'reportingController');
  if (object.type !== 'Normal' && object.type !== 'Warning')
    yield invalid('type', object.type ?? '', `has invalid value: ${object.type ?? ''}`);
  if ((object.note ?? '').length > 1024) yield invalid('message', '', 'can have at most 1024 characters');
}
function* modern(
  controller: string | undefined,
  instance: string | undefined,
  action: string | undefined,
  reason: string | undefined,
  field: string,
): Errors {
  if (!controller) yield required(field);
  if (!instance) yield required('reportingInstance');
  else if (instance.length > 128) yield invalid('reportingInstance', '', 'can have at most 128 characters');
  if (!action) yield required('action');
  else if (action.length > 128) yield invalid('action', '', 'can have at most 128 characters');
  if (!reason) yield required('reason');
  else if (reason.length > 128) yield invalid('reason', '', 'can have at most 128 characters');
}

/** What stays of an event of events.k8s.io, under the names that upstream reports (those of core/v1). */
const fixed = {
  regarding: 'involvedObject',
  reason: 'reason',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
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
  for (const [part, field] of Object.entries(fixed)) {
    yield* immutable(field, object[part as keyof typeof fixed], old[part as keyof typeof fixed]);
  }
}
