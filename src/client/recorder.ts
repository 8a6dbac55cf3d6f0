import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { ApiError, isNotFound } from '../api/status.ts';
import type { Event, ObjectReference } from '../api/types/core-v1.ts';
import { type Clock, timestamp } from '../util/clock.ts';
import type { Client } from './client.ts';
import { createCorrelator } from './event-correlator.ts';

export interface EventRecorder {
  /**
   * Tells what happened to an object, or to a part of it where a reference with `fieldPath` is given (the kubelet's
   * `spec.containers{web}`). Returns at once and never throws.
   */
  event(about: KubeObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string, more?: EventDetails): void;
}

/** What recorders of the newer events API say as well. */
export interface EventDetails {
  /** What was being done: `Binding`, `Preempting`. */
  action: string;
  /** The other object that it concerns. */
  related?: KubeObject;
}

export interface RecorderOptions {
  client: Client;
  clock: Clock;
  /** `default-scheduler`, `kubelet`, `deployment-controller`, … */
  component: string;
  /** The node's name, for the kubelet. */
  host?: string;
}

/** One event object being counted up. */
interface Series {
  event: Event;
  /** Occurrences not yet written. */
  dirty: boolean;
  created: boolean;
  writing: boolean;
}

const maxSeries = 4096;
/** Writes under way at once, and how many may wait before new events are dropped. */
const maxInFlight = 32;
const maxWaiting = 10_000;
const retries = 12;
const retryMs = 10_000;

/**
 * Records core/v1 Events as client-go's recorder and correlator do: the same event again counts up the first one, many
 * that differ only in their message are combined, and an object's flood is cut off.
 */
export function createRecorder({ client, clock, component, host }: RecorderOptions): EventRecorder {
  const correlate = createCorrelator(clock);
  const seriesByKey = new Map<string, Series>();
  const waiting: Series[] = [];
  let inFlight = 0;
  let serial = 0;

  const write = async (series: Series): Promise<void> => {
    const { event } = series;
    series.dirty = false;
    if (series.created) {
      try {
        const { count, lastTimestamp, message } = event;
        await client.patch(kinds.Event, event.metadata.name ?? '', event.metadata.namespace, { count, lastTimestamp, message });
        return;
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    }
    await client.create(kinds.Event, structuredClone(event));
    series.created = true;
  };

  const attempt = (series: Series, left: number): void => {
    write(series).then(
      () => finish(series),
      (thrown: unknown) => {
        // As client-go: what the server refuses is dropped, what did not reach it is tried again.
        if (left === 0 || (thrown instanceof ApiError && thrown.reason !== 'ServiceUnavailable')) finish(series);
        else clock.after(retryMs, () => attempt(series, left - 1), { unref: true });
      },
    );
  };
  const finish = (series: Series): void => {
    series.writing = false;
    inFlight--;
    if (series.dirty) schedule(series);
    const next = waiting.shift();
    if (next !== undefined) begin(next);
  };
  const begin = (series: Series): void => {
    inFlight++;
    attempt(series, retries);
  };
  const schedule = (series: Series): void => {
    if (series.writing) return;
    if (inFlight < maxInFlight) {
      series.writing = true;
      begin(series);
    } else if (waiting.length < maxWaiting) {
      series.writing = true;
      waiting.push(series);
    }
  };

  const record = (about: ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string, more?: EventDetails): void => {
    const now = timestamp(clock);
    const source = { component, ...(host === undefined ? {} : { host }) };
    const verdict = correlate({ about, source, type, reason, message });
    if (verdict === undefined) return;
    const known = seriesByKey.get(verdict.key);
    if (known !== undefined) {
      known.event.count = (known.event.count ?? 0) + 1;
      known.event.lastTimestamp = now;
      known.event.message = verdict.message;
      known.dirty = true;
      // Most recently counted last, so that the oldest is the one forgotten.
      seriesByKey.delete(verdict.key);
      seriesByKey.set(verdict.key, known);
      schedule(known);
      return;
    }
    const nanoseconds = BigInt(Math.trunc(clock.now())) * 1_000_000n + BigInt(serial++ % 1_000_000);
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${about.name}.${nanoseconds.toString(16)}`,
        namespace: about.namespace === undefined || about.namespace === '' ? 'default' : about.namespace,
      },
      involvedObject: about,
      reason,
      message: verdict.message,
      source,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      ...(more === undefined ? {} : { action: more.action }),
      ...(more?.related === undefined ? {} : { related: referenceTo(more.related) }),
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    const series: Series = { event, dirty: true, created: false, writing: false };
    seriesByKey.set(verdict.key, series);
    const oldest = seriesByKey.size > maxSeries ? seriesByKey.keys().next().value : undefined;
    if (oldest !== undefined) seriesByKey.delete(oldest);
    schedule(series);
  };

  return { event: (about, type, reason, message, more) => record(referenceTo(about), type, reason, message, more) };
}

/** The reference that an event carries, as client-go's `reference.GetReference`. */
export function referenceTo(about: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in about)) return about;
  const { name, namespace, uid, resourceVersion } = about.metadata;
  return {
    ...(about.kind === undefined ? {} : { kind: about.kind }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(about.apiVersion === undefined ? {} : { apiVersion: about.apiVersion }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
