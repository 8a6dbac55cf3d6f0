import { expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Job, JobStatus } from '../../../src/api/types/batch-v1.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';
import { validateUpdate } from '../../../src/api/validation/validation.ts';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:01:00Z';
const on = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
const errors = (before: JobStatus, after: JobStatus, spec: object = {}): string[] => {
  const job = (status: JobStatus) =>
    ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j', namespace: 'default', resourceVersion: '1' },
      spec,
      status,
    }) as unknown as Job;
  return validateUpdate(kinds.Job, job(after), job(before), 'status').map(errorText);
};
const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 2, backoffLimitPerIndex: 1 };
const done = { ...on('Complete', 'SuccessCriteriaMet'), startTime: early, completionTime: late };

test.each<[string, JobStatus, JobStatus, object, ...string[]]>([
  ['a success', { startTime: early, ...on('SuccessCriteriaMet') }, done, {}],
  ['a failure', { startTime: early, active: 1 }, { startTime: early, ...on('FailureTarget', 'Failed') }, {}],
  [
    'a success out of nothing',
    {},
    on('Complete'),
    {},
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.startTime: Required value: startTime is required for finished job',
  ],
  [
    'a failure out of nothing',
    { startTime: early },
    { startTime: early, ...on('Failed') },
    {},
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ],
  [
    'an end with work left',
    { startTime: early },
    { ...done, active: 1, terminating: 2, uncountedTerminatedPods: { failed: ['u'] } },
    {},
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.uncountedTerminatedPods: Invalid value: {"failed":["u"]}: uncountedTerminatedPods needs to be empty for finished job',
    'status.terminating: Invalid value: 2: terminating>0 is invalid for finished job',
  ],
  [
    'both outcomes',
    { startTime: early },
    { ...done, ...on('Complete', 'SuccessCriteriaMet', 'Failed', 'FailureTarget') },
    {},
    'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
    'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
    'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
    'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  ],
  [
    'an outcome taken back',
    done,
    { startTime: early },
    {},
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
  ],
  [
    'an end without an outcome',
    { startTime: late },
    { startTime: late, completionTime: early },
    {},
    `status.completionTime: Invalid value: "${early}": cannot set completionTime when there is no Complete=True condition`,
    `status.completionTime: Invalid value: "${early}": completionTime cannot be set before startTime`,
  ],
  [
    'another end',
    done,
    { ...done, completionTime: '2026-01-01T00:02:00Z' },
    {},
    'status.completionTime: Invalid value: "2026-01-01T00:02:00Z": completionTime cannot be mutated',
  ],
  [
    'another start of a Job that runs',
    { startTime: early },
    { startTime: late },
    {},
    'status.startTime: Required value: startTime cannot be removed for unsuspended job',
  ],
  ['another start of a suspended Job', { startTime: early }, { startTime: late }, { suspend: true }],
  ['another start of a Job that resumes', { startTime: early, ...on('Suspended') }, { startTime: late, conditions: [] }, {}],
  [
    'counters that go back',
    { succeeded: 2, failed: 2, active: 1 },
    { succeeded: 1, failed: 1, active: 1, ready: 2 },
    {},
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
    'status.failed: Invalid value: 1: cannot decrease the failed counter',
    'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
  ],
  ['an elastic Job that shrinks', { succeeded: 2 }, { succeeded: 1 }, { ...indexed, parallelism: 4 }],
  ['indexes', {}, { completedIndexes: '0,2-3', failedIndexes: '1' }, indexed],
  [
    'indexes out of order, and of both outcomes',
    {},
    { completedIndexes: '2,1', failedIndexes: '1-2-3' },
    indexed,
    'status.completedIndexes: Invalid value: "2,1": error parsing completedIndexes: non-increasing order, previous: 2, current: 1',
    `status.failedIndexes: Invalid value: "1-2-3": error parsing failedIndexes: the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
  ],
  [
    'an index that is there twice, and one that is not there',
    {},
    { completedIndexes: '0-2,4', failedIndexes: '2' },
    indexed,
    'status.completedIndexes: Invalid value: "0-2,4": error parsing completedIndexes: too large index: "4"',
    'status.failedIndexes: Invalid value: "2": failedIndexes and completedIndexes overlap at index: 2',
  ],
  [
    'indexes of a Job that has none',
    {},
    { completedIndexes: 'x', failedIndexes: '' },
    {},
    'status.completedIndexes: Invalid value: "x": cannot set non-empty completedIndexes when non-indexed completion mode',
    'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  ],
  [
    'a pod that is to be counted twice',
    {},
    { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
    {},
    'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
    'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
  ],
  ['what was wrong before', { ...on('Complete'), active: 1, ready: 2 }, { ...on('Complete'), active: 1, ready: 2, failed: 1 }, {}],
])('%s', (_name, before, after, spec, ...expected) => {
  expect(errors(before, after, spec)).toEqual(expected);
});
