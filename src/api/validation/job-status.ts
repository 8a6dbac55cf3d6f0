import { semanticEqual } from '../deep-equal.ts';
import type { Job, JobStatus } from '../types/batch-v1.ts';
import { entries, nonNegative } from './common.ts';
import { duplicate, type Errors, type FieldError, invalid, required } from './field-error.ts';
import { objectMetaUpdate } from './meta.ts';

const holds = ({ conditions }: JobStatus, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
const isFinished = (status: JobStatus): boolean => holds(status, 'Complete') || holds(status, 'Failed');

/** Upstream shows no value of the conditions. */
const conditions = (detail: string): FieldError => ({ type: 'Invalid', field: 'status.conditions', detail });

/**
 * A Job's status as any controller may write it, since `managedBy` lets others than the built-in one (upstream:
 * ValidateJobUpdateStatus). What a write leaves as it was is not held against it, so that a bad status can be mended in steps.
 */
export function* jobStatusUpdate(job: Job, old: Job): Errors {
  yield* objectMetaUpdate(job.metadata, old.metadata);
  const status = job.status ?? {};
  const before = old.status ?? {};
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) yield* nonNegative(`status.${name}`, status[name]);
  yield* uncounted(status);
  yield* outcome(job, status, before);
  yield* times(job, status, before);
  yield* counters(job, status, before);
  yield* indexes(job, status, before);
}

function* uncounted({ uncountedTerminatedPods = {} }: JobStatus): Errors {
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [i, uid] of entries(uncountedTerminatedPods[list])) {
      const field = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === '') yield invalid(field, uid, 'must not be empty');
      else if (seen.has(uid)) yield duplicate(field, uid);
      seen.add(uid);
    }
  }
}

/** How the Job ended, or is about to: conditions that exclude or require one another, and those that stay. */
function* outcome({ spec }: Job, status: JobStatus, before: JobStatus): Errors {
  const changed = (type: string): boolean => holds(status, type) !== holds(before, type);
  const complete = holds(status, 'Complete');
  const failed = holds(status, 'Failed');
  const target = holds(status, 'FailureTarget');
  const met = holds(status, 'SuccessCriteriaMet');
  if (complete && failed && (changed('Complete') || changed('Failed')))
    yield conditions('cannot set Complete=True and Failed=true conditions');
  if (complete && target && (changed('Complete') || changed('FailureTarget'))) {
    yield conditions('cannot set Complete=True and FailureTarget=true conditions');
  }
  if (failed && !target && (changed('Failed') || status.failedIndexes !== before.failedIndexes)) {
    yield conditions('cannot set Failed=True condition without the FailureTarget=true condition');
  }
  if (complete && !met && (changed('Complete') || changed('SuccessCriteriaMet'))) {
    yield conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
  if (met && failed) yield conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && target) yield conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (spec?.successPolicy !== undefined && complete && !met) {
    yield conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  }
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (holds(before, type) && !holds(status, type)) yield conditions(`cannot disable the terminal ${type}=True condition`);
  }
  if (holds(before, 'SuccessCriteriaMet') && !met) yield conditions('cannot disable the SuccessCriteriaMet=True condition');
  if (holds(before, 'Complete') && !holds(before, 'SuccessCriteriaMet') && met) {
    yield conditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
  }
}

function* times({ spec }: Job, status: JobStatus, before: JobStatus): Errors {
  const complete = holds(status, 'Complete');
  const { startTime, completionTime } = status;
  const started = startTime !== before.startTime;
  const ended = complete !== holds(before, 'Complete') || completionTime !== before.completionTime;
  if (ended && completionTime !== undefined && !complete) {
    yield invalid('status.completionTime', completionTime, 'cannot set completionTime when there is no Complete=True condition');
  }
  if (ended && completionTime === undefined && complete)
    yield required('status.completionTime', 'completionTime is required for Complete jobs');
  if ((started || completionTime !== before.completionTime) && startTime !== undefined && completionTime !== undefined) {
    if (Date.parse(completionTime) < Date.parse(startTime)) {
      yield invalid('status.completionTime', completionTime, 'completionTime cannot be set before startTime');
    }
  }
  if ((started || isFinished(status) !== isFinished(before)) && startTime === undefined && isFinished(status)) {
    yield required('status.startTime', 'startTime is required for finished job');
  }
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    yield invalid('status.completionTime', completionTime, 'completionTime cannot be mutated');
  }
  const resumed = holds(before, 'Suspended') && !holds(status, 'Suspended');
  if (started && before.startTime !== undefined && spec?.suspend !== true && !resumed) {
    yield required('status.startTime', 'startTime cannot be removed for unsuspended job');
  }
}

function* counters({ spec }: Job, status: JobStatus, before: JobStatus): Errors {
  const finished = isFinished(status);
  const justFinished = finished !== isFinished(before);
  const { active = 0, ready, terminating, failed = 0, succeeded = 0, uncountedTerminatedPods: pods } = status;
  if (finished && active > 0 && (justFinished || active !== (before.active ?? 0))) {
    yield invalid('status.active', active, 'active>0 is invalid for finished job');
  }
  const waiting = (pods?.succeeded?.length ?? 0) + (pods?.failed?.length ?? 0);
  if (finished && waiting > 0 && (justFinished || !semanticEqual(pods, before.uncountedTerminatedPods))) {
    yield invalid('status.uncountedTerminatedPods', pods, 'uncountedTerminatedPods needs to be empty for finished job');
  }
  if (finished && (terminating ?? 0) > 0 && (justFinished || terminating !== before.terminating)) {
    yield invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job');
  }
  if (ready !== undefined && ready > active && (ready !== before.ready || active !== (before.active ?? 0))) {
    yield invalid('status.ready', ready, 'cannot set more ready pods than active');
  }
  if (failed < (before.failed ?? 0)) yield invalid('status.failed', failed, 'cannot decrease the failed counter');
  // An elastic Job may shrink below what has succeeded.
  const elastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!elastic && succeeded < (before.succeeded ?? 0))
    yield invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter');
}

function* indexes({ spec }: Job, status: JobStatus, before: JobStatus): Errors {
  const { completedIndexes = '', failedIndexes } = status;
  const completed = completedIndexes !== (before.completedIndexes ?? '');
  const failed = failedIndexes !== before.failedIndexes;
  const { completions, backoffLimitPerIndex, completionMode } = spec ?? {};
  if (completed && completions !== undefined) {
    const problem = parse(completedIndexes, completions).problem;
    if (problem !== undefined) yield invalid('status.completedIndexes', completedIndexes, `error parsing completedIndexes: ${problem}`);
  }
  if (failed && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined) {
    const problem = parse(failedIndexes, completions).problem;
    if (problem !== undefined) yield invalid('status.failedIndexes', failedIndexes, `error parsing failedIndexes: ${problem}`);
  }
  if (completed && completedIndexes !== '' && completionMode !== 'Indexed') {
    yield invalid('status.completedIndexes', completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode');
  }
  if (failed && failedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    yield invalid('status.failedIndexes', failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null');
  }
  if ((completed || failed) && completions !== undefined && failedIndexes !== undefined) {
    const of = parse(completedIndexes, completions).intervals;
    const both = parse(failedIndexes, completions).intervals.flatMap(([from, to]) =>
      of.filter(([first, last]) => from <= last && first <= to).map(([first]) => Math.max(from, first)),
    );
    if (both.length > 0) {
      yield invalid('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${Math.min(...both)}`);
    }
  }
}

/** `0,2-4` as intervals, up to the first mistake. */
function parse(text: string, completions: number): { intervals: [number, number][]; problem?: string } {
  const intervals: [number, number][] = [];
  let last = -1;
  for (const part of text === '' ? [] : text.split(',')) {
    const ends = part.split('-');
    const found = (problem: string) => ({ intervals, problem });
    if (ends.length > 2) {
      return found(
        `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      );
    }
    for (const end of ends) {
      if (!/^\d+$/.test(end)) return found(`cannot convert string to integer for index: ${JSON.stringify(end)}`);
      if (Number(end) >= completions) return found(`too large index: ${JSON.stringify(end)}`);
    }
    const [first = 0, to = first] = ends.map(Number);
    if (ends.length === 2 && first >= to) return found(`non-increasing order, previous: ${first}, current: ${to}`);
    if (last >= first) return found(`non-increasing order, previous: ${last}, current: ${first}`);
    intervals.push([first, to]);
    last = to;
  }
  return { intervals };
}
