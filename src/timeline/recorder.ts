import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../api/types/core-v1.ts';
import { controllerOf } from '../client/owner.ts';
import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { type Author, type Authors, authorText } from './authors.ts';
import { type Causes, createCauses, linkTo } from './causes.ts';
import type { Change } from './change.ts';
import { describe } from './describe/describe.ts';
import { losses, wanted } from './describe/pod.ts';
import type { ObjectRef, TimelineEntry } from './entry.ts';
import type { Journal, Moment, Page, Version } from './journal.ts';
import { createLineage } from './lineage.ts';
import { isHeartbeat, isIgnored, recorded } from './recorded.ts';
import { refOf, type Step } from './step.ts';

/** Writes become entries a little later, off the path of the requests that made them; milliseconds. */
const pauseMs = 50;
/** While the process has its hands full, history waits; but no longer than this, in milliseconds, and no more than so many writes. */
const longestMs = 10_000;
const mostTaken = 20_000;
/** So many writes at a time, so that requests get their turn in between. */
const slice = 100;
/** Entries of an earlier process that later ones may name as causes. */
const remembered = 2000;

export interface RecorderOptions {
  journal: Journal;
  authors: Authors;
  clock: Clock;
  log: Logger;
  /** Whether the process has better to do for now; default: never. */
  busy?: () => boolean;
  /** Told of new entries once they are in the journal. */
  onEntries(entries: readonly TimelineEntry[]): void;
}

export interface Recorder {
  /** Gets to know what exists already, so that what follows can be told of it. */
  know(objects: readonly KubeObject[]): void;
  /** Takes a write, in the order of revisions; costs next to nothing. */
  take(change: Change): void;
  /** Turns what was taken into history now. */
  flush(): void;
  stop(): void;
}

export function createRecorder({ journal, authors, clock, log, busy = () => false, onEntries }: RecorderOptions): Recorder {
  const causes = createCauses();
  const lineage = createLineage();
  for (const entry of journal.entries({ limit: remembered, matches: () => true })) causes.remember(entry);
  let taken: { change: Change; at: number }[] = [];
  let last = journal.newest.at;
  let planned = false;
  let nextId = journal.nextId;
  let broken = false;

  const pageOf = ({ change, at }: { change: Change; at: number }): Page => {
    const moment = { revision: change.revision, at };
    if (isHeartbeat(change)) return { moment, entries: [] };
    const author = authors.of(change);
    if (change.type === 'ADDED') lineage.note(change.object);
    const entries: TimelineEntry[] = [];
    for (const step of describe(change, { causes, author })) {
      const { object = refOf(change.object) } = step;
      const entry = entryOf({ ...step, object }, author, moment, { id: nextId++, owners: lineage.of(object) });
      causes.remember(entry);
      noteLoss(causes, change, step, entry);
      entries.push(entry);
    }
    if (change.type === 'DELETED') lineage.forget(change.object);
    return { moment, version: versionOf(change), entries };
  };

  const write = (batch: readonly { change: Change; at: number }[]): void => {
    if (batch.length === 0 || broken) return;
    try {
      const pages = batch.map(pageOf);
      journal.append(pages);
      onEntries(pages.flatMap(({ entries }) => entries));
    } catch (thrown) {
      broken = true;
      log.error(`the timeline ends here, because it cannot be written: ${messageOf(thrown)}`);
    }
  };
  const flush = (): void => {
    const batch = taken;
    taken = [];
    write(batch);
    authors.age();
  };
  /** Writes what was taken, a slice at a turn, once there is time for it. */
  const plan = (ms: number): void => {
    planned = true;
    clock.after(
      ms,
      () => {
        planned = false;
        const [oldest] = taken;
        if (oldest === undefined) return;
        const patient = clock.now() - oldest.at < longestMs && taken.length < mostTaken;
        if (patient && busy()) {
          plan(pauseMs);
          return;
        }
        if (taken.length <= slice) flush();
        else {
          write(taken.splice(0, slice));
          plan(0);
        }
      },
      { unref: true },
    );
  };

  return {
    know(objects) {
      // What owns was made before what it owns.
      const made = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';
      for (const object of [...objects].sort((a, b) => (made(a) < made(b) ? -1 : 1))) lineage.note(object);
    },
    take(change) {
      if (isIgnored(change.key) || broken) return;
      // Moments are ordered as revisions are, whatever the clock does.
      last = Math.max(last, clock.now());
      taken.push({ change, at: last });
      if (!planned) plan(pauseMs);
    },
    flush,
    stop() {
      flush();
      broken = true;
    },
  };
}

export const versionOf = ({ type, key, revision, object }: Pick<Change, 'type' | 'key' | 'revision' | 'object'>): Version => ({
  key,
  revision,
  json: type === 'DELETED' ? undefined : JSON.stringify(recorded(key, object)),
});

function entryOf(
  { kind, reason, what, cause, object }: Step & { object: ObjectRef },
  author: Author | undefined,
  { revision, at }: Moment,
  { id, owners }: { id: number; owners: readonly string[] },
): TimelineEntry {
  return {
    id,
    at: new Date(at).toISOString(),
    revision,
    kind,
    object,
    ...(owners.length === 0 ? {} : { owners: [...owners] }),
    reason,
    what,
    ...(kind === 'write' && author !== undefined ? { by: authorText(author) } : {}),
    ...(cause === undefined ? {} : { cause: { ...(cause.entry === undefined ? {} : { entry: cause.entry }), text: cause.text } }),
  };
}

/** Pods that end against their controller's will are replaced; the replacement names the first thing that was said of the end. */
function noteLoss(causes: Causes, { key, object }: Change, step: Step, entry: TimelineEntry): void {
  if (!key.startsWith('/core/pods/') || !losses.has(step.reason)) return;
  const pod = object as Pod;
  const owner = controllerOf(pod);
  const { uid = '' } = pod.metadata;
  if (owner === undefined || wanted(pod, step) || step.what === 'gone') return;
  causes.lose(owner, uid, linkTo(entry));
}
