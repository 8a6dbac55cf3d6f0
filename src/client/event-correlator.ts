import type { EventSource, ObjectReference } from '../api/types/core-v1.ts';
import type { Clock } from '../util/clock.ts';

export interface Occurrence {
  about: ObjectReference;
  source: EventSource;
  type: string;
  reason: string;
  message: string;
}

/** client-go's `events_cache.go` defaults. */
const burst = 25;
const refillMs = 300_000;
const maxSimilar = 10;
const similarIntervalMs = 600_000;
const maxTracked = 4096;

/**
 * Decides what becomes of an occurrence: undefined drops it (an object has 25 events, then one per five minutes); else the
 * key of the event to count and the message to give it. More than ten different messages of one reason within ten minutes
 * are combined under one key.
 */
export function createCorrelator(clock: Clock): (occurrence: Occurrence) => { key: string; message: string } | undefined {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const groups = new Map<string, { messages: Set<string>; at: number }>();

  const admit = (key: string): boolean => {
    const now = clock.now();
    const bucket = recent(buckets, key, () => ({ tokens: burst, at: now }));
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  };

  return ({ about, source, type, reason, message }) => {
    const object = [source.component, source.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].join('|');
    if (!admit(object)) return undefined;
    const groupKey = [object, about.fieldPath, type, reason].join('|');
    const now = clock.now();
    const group = recent(groups, groupKey, () => ({ messages: new Set<string>(), at: now }));
    if (now - group.at > similarIntervalMs) group.messages.clear();
    group.at = now;
    group.messages.add(message);
    if (group.messages.size < maxSimilar) return { key: `${groupKey}|${message}`, message };
    for (const oldest of group.messages) {
      if (group.messages.size <= maxSimilar) break;
      group.messages.delete(oldest);
    }
    return { key: groupKey, message: `(combined from similar events): ${message}` };
  };
}

/** The entry of `key`, made if need be and moved to the end; the least recently used one is forgotten. */
function recent<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > maxTracked ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
  return value;
}
