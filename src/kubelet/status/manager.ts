import { semanticEqual } from '../../api/deep-equal.ts';
import { kinds } from '../../api/scheme.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import type { Pod, PodStatus } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';

/** Writes pods' statuses to the API: one request in flight for each pod, and only what changed. */
export interface StatusManager {
  /** The newest wins; what comes while a write is under way is one write after it. */
  set(pod: Pod, status: PodStatus): void;
  /** What the API has now: written over where someone else changed what the kubelet owns. */
  observe(pod: Pod): void;
  /** Once the last status is written, removes the pod from the API (grace 0), if it is being deleted. */
  finish(pod: Pod): void;
  forget(uid: string): void;
}

interface Entry {
  pod: Pod;
  wanted: PodStatus;
  /** What the API is known to have. */
  sent: PodStatus;
  /** Of the last write's answer: what the informer brings later may be older than that. */
  version: number;
  writing: boolean;
  finished: boolean;
}

const firstRetryMs = 500;
const longestRetryMs = 10_000;
/** Conditions that come and go. */
const passing: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];
/** Fields that a patch may take away. */
const removable = ['reason', 'message', 'podIP', 'podIPs', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

export function createStatusManager({
  client,
  clock,
  log,
  signal,
}: {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): StatusManager {
  const entries = new Map<string, Entry>();
  const versionOf = ({ metadata }: Pod): number => Number(metadata.resourceVersion ?? 0);

  async function write(uid: string, entry: Entry, retryMs: number): Promise<void> {
    entry.writing = true;
    try {
      for (let patch = patchOf(entry); patch !== undefined && entries.get(uid) === entry; patch = patchOf(entry)) {
        const { wanted } = entry;
        const { name = '', namespace } = entry.pod.metadata;
        const answer = await client.patch(
          kinds.Pod,
          name,
          namespace,
          { metadata: { uid }, status: patch },
          { type: 'strategic', subresource: 'status' },
        );
        entry.sent = wanted;
        entry.version = Math.max(entry.version, versionOf(answer));
      }
      if (entry.finished && entry.pod.metadata.deletionTimestamp !== undefined && entries.get(uid) === entry) {
        const { name = '', namespace } = entry.pod.metadata;
        await client.delete(kinds.Pod, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
        entries.delete(uid);
      }
      entry.writing = false;
    } catch (thrown) {
      entry.writing = false;
      // Gone, or another pod of the same name by now: the informer tells the rest.
      if (isNotFound(thrown) || isConflict(thrown)) {
        entries.delete(uid);
        return;
      }
      log.debug(
        `writing the status of pod ${entry.pod.metadata.namespace}/${entry.pod.metadata.name}: ${messageOf(thrown)}; again in ${retryMs} ms`,
      );
      clock.after(
        retryMs,
        () => {
          if (!signal.aborted && !entry.writing && entries.get(uid) === entry)
            void write(uid, entry, Math.min(retryMs * 2, longestRetryMs));
        },
        { unref: true },
      );
    }
  }
  const flush = (uid: string, entry: Entry): void => {
    if (!entry.writing && !signal.aborted) void write(uid, entry, firstRetryMs);
  };

  return {
    set(pod, status) {
      const uid = pod.metadata.uid ?? '';
      const entry = entries.get(uid);
      if (entry === undefined) {
        const made: Entry = { pod, wanted: status, sent: pod.status ?? {}, version: versionOf(pod), writing: false, finished: false };
        entries.set(uid, made);
        flush(uid, made);
        return;
      }
      entry.wanted = status;
      flush(uid, entry);
    },
    observe(pod) {
      const uid = pod.metadata.uid ?? '';
      const entry = entries.get(uid);
      if (entry === undefined) return;
      entry.pod = pod;
      if (entry.writing || versionOf(pod) <= entry.version) return;
      entry.version = versionOf(pod);
      entry.sent = pod.status ?? {};
      flush(uid, entry);
    },
    finish(pod) {
      const uid = pod.metadata.uid ?? '';
      const entry = entries.get(uid) ?? {
        pod,
        wanted: pod.status ?? {},
        sent: pod.status ?? {},
        version: versionOf(pod),
        writing: false,
        finished: true,
      };
      entry.pod = pod;
      entry.finished = true;
      entries.set(uid, entry);
      flush(uid, entry);
    },
    forget: (uid) => void entries.delete(uid),
  };
}

/** The strategic merge patch from what the API has to what it should have; undefined when they agree. */
function patchOf({ sent, wanted }: { sent: PodStatus; wanted: PodStatus }): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(wanted) as [keyof PodStatus, unknown][]) {
    if (field === 'conditions') continue;
    if (semanticEqual(sent[field], value)) continue;
    // Its items are merged by address: an old one must be said to go.
    patch[field] = field === 'podIPs' && sent.podIPs !== undefined ? [{ $patch: 'replace' }, ...(value as object[])] : value;
  }
  const conditions = (wanted.conditions ?? []).flatMap((condition) => {
    const old = sent.conditions?.find(({ type }) => type === condition.type);
    if (semanticEqual(condition, old)) return [];
    const gone = (['reason', 'message'] as const).filter((field) => old?.[field] !== undefined && condition[field] === undefined);
    return [{ ...condition, ...Object.fromEntries(gone.map((field) => [field, null])) }];
  });
  const over = (sent.conditions ?? []).filter(({ type }) => passing.includes(type) && !wanted.conditions?.some((one) => one.type === type));
  const changes = [...conditions, ...over.map(({ type }) => ({ type, $patch: 'delete' }))];
  if (changes.length > 0) patch['conditions'] = changes;
  for (const field of removable) if (sent[field] !== undefined && wanted[field] === undefined) patch[field] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}
