import type { Kind } from '../../api/kind.ts';
import { kinds } from '../../api/scheme.ts';
import { findKind } from '../../client/manifests.ts';
import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Check, Outcome } from '../lesson.ts';
import { expectedOfEvent, lookAtEvents } from './events.ts';
import type { Finding, Ground } from './ground.ts';
import { expectedOfHttp, lookAtHttp } from './http.ts';
import { expectedOfLog, lookAtLogs } from './logs.ts';
import { expectedOfObject, lookAtObjects } from './objects.ts';

function look(check: Check, ground: Ground): Promise<Finding> {
  if ('object' in check) return lookAtObjects(check, ground);
  if ('http' in check) return lookAtHttp(check, ground);
  if ('event' in check) return lookAtEvents(check, ground);
  return lookAtLogs(check, ground);
}

function expectedOf(check: Check): string {
  if (check.expected !== undefined) return check.expected;
  if ('object' in check) return expectedOfObject(check);
  if ('http' in check) return expectedOfHttp(check);
  return 'event' in check ? expectedOfEvent(check) : expectedOfLog(check);
}

/** One look at each check, all at once. What cannot be looked at has failed, with the reason. */
export const judge = (checks: readonly Check[], ground: Ground): Promise<Outcome[]> =>
  Promise.all(
    checks.map(async (check): Promise<Outcome> => {
      const said = { name: check.name, expected: expectedOf(check), ...(check.look === undefined ? {} : { look: check.look }) };
      if (check.real && ground.simulated) return { ...said, state: 'skipped', seen: 'simulated nodes run no containers' };
      try {
        const { passed, seen } = await look(check, ground);
        return { ...said, state: passed ? 'passed' : 'failed', seen };
      } catch (thrown) {
        return { ...said, state: 'failed', seen: messageOf(thrown) };
      }
    }),
  );

/** Looks again at each change until everything passes, or what fails has had its time. */
export async function judgeEventually(checks: readonly Check[], ground: Ground, signal: AbortSignal): Promise<Outcome[]> {
  const { clock } = ground;
  const since = clock.now();
  let outcomes = await judge(checks, ground);
  const waitFor = (): number =>
    Math.max(
      0,
      ...checks.filter((_, index) => outcomes[index]?.state === 'failed').map((check) => since + check.eventuallyMs - clock.now()),
    );
  if (waitFor() === 0) return outcomes;
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  try {
    const changes = changesOf(checks, ground, either);
    while (waitFor() > 0) {
      signal.throwIfAborted();
      await changes.next(waitFor());
      outcomes = await judge(checks, ground);
    }
    return outcomes;
  } finally {
    done.abort();
  }
}

/** What no watch reports (answers, logs, kinds that are not there yet) is looked at again after so long; milliseconds. */
const unwatchedMs = 500;

export interface Changes {
  /** Resolves when something that the checks look at has changed since the last call, or may have, or after `ms`. */
  next(ms: number): Promise<void>;
  /** The same, but what no watch reports is not looked at before `ms` are over. */
  nextReported(ms: number): Promise<void>;
}

/** Watches everything that the checks look at, until the signal aborts. */
export function changesOf(checks: readonly Check[], ground: Ground, signal: AbortSignal): Changes {
  let changed = false;
  let wake = (): void => undefined;
  const tell = (): void => {
    changed = true;
    wake();
  };
  signal.addEventListener('abort', tell, { once: true });
  void watchAll(checks, ground, tell, signal);
  const unwatched = checks.some((check) => 'http' in check || 'log' in check);
  const next = async (ms: number): Promise<void> => {
    const timer = ground.clock.after(ms, tell);
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (changed) resolve();
    });
    timer.cancel();
    changed = false;
  };
  return { next: (ms) => next(unwatched ? Math.min(ms, unwatchedMs) : ms), nextReported: next };
}

async function watchAll(checks: readonly Check[], ground: Ground, tell: () => void, signal: AbortSignal): Promise<void> {
  const started = new Set<string>();
  const start = (kind: Kind, namespace: string): void => {
    const key = `${kind.group}/${kind.plural}/${namespace}`;
    if (started.has(key)) return;
    started.add(key);
    void watchForever(kind, namespace, ground, tell, signal);
  };
  if (checks.some((check) => 'event' in check)) start(kinds.Event, ground.namespace);
  for (const check of checks) {
    if (!('object' in check)) continue;
    const { kind: name, apiVersion, namespace = ground.namespace } = check.object;
    let kind: Kind | undefined;
    while (kind === undefined && !signal.aborted) {
      kind = await findKind(ground.client, name, apiVersion).catch(() => undefined);
      if (kind === undefined) await paused(ground, signal).then(tell);
    }
    if (kind !== undefined) start(kind, kind.namespaced ? namespace : '');
  }
}

async function watchForever(kind: Kind, namespace: string, ground: Ground, tell: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _ of ground.client.watch(kind, { ...(namespace === '' ? {} : { namespace }), signal })) tell();
    } catch {
      // The next look says what is wrong with the cluster, if it is more than a watch that broke.
    }
    await paused(ground, signal);
  }
}

const paused = ({ clock }: Ground, signal: AbortSignal): Promise<void> => delay(clock, unwatchedMs, signal).catch(() => undefined);
