import type { KubeObject } from '../api/object.ts';
import type { Event as CoreEvent } from '../api/types/core-v1.ts';
import type { Event } from '../api/types/events-v1.ts';

/**
 * core/v1 and events.k8s.io/v1 name the same fields differently (upstream: pkg/apis/events/v1/conversion.go). Fields are
 * only set where the source has them, so that a round trip changes nothing.
 */
export function eventFromCore(object: KubeObject): KubeObject {
  const {
    apiVersion: _,
    involvedObject,
    message,
    reportingComponent,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    ...same
  } = object as CoreEvent;
  return defined({
    ...same,
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: object.metadata,
    regarding: involvedObject,
    note: message,
    // Core events write these even where they are empty.
    reportingController: reportingComponent || undefined,
    reportingInstance: same.reportingInstance || undefined,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  });
}

export function eventToCore(object: KubeObject): KubeObject {
  const {
    apiVersion: _,
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = object as Event & KubeObject;
  return defined({
    ...same,
    kind: 'Event',
    apiVersion: 'v1',
    metadata: object.metadata,
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController ?? '',
    reportingInstance: same.reportingInstance ?? '',
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  });
}

function defined<T extends KubeObject>(object: T): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as unknown as KubeObject;
}
