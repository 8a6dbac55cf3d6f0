import { describe, expect, it } from 'vitest';
import type { StatefulSetSpec } from '../../../src/api/types/apps-v1.ts';
import type { Pod } from '../../../src/api/types/core-v1.ts';
import { planSteps } from '../../../src/controllers/statefulset/plan.ts';

/** `db-0:new`, `db-1:old!` (not ready), `db-2:old-` (being deleted), `db-3:new~` (failed). */
function podOf(text: string): Pod {
  const [, name = '', revision = '', mark = ''] = /^(.*):(\w+)([!~-]?)$/.exec(text) ?? [];
  return {
    metadata: {
      name,
      uid: name,
      labels: { 'controller-revision-hash': revision },
      ...(mark === '-' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    status: {
      phase: mark === '~' ? 'Failed' : 'Running',
      conditions: [{ type: 'Ready', status: mark === '' || mark === '-' ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

const plan = (spec: Partial<StatefulSetSpec>, pods: readonly string[], secondsSinceReady = 3600): string[] =>
  planSteps({
    set: {
      metadata: { name: 'db' },
      spec: { replicas: 3, selector: {}, template: {}, ...spec },
      status: { replicas: 3 },
    },
    pods: pods.map(podOf),
    currentRevision: 'old',
    updateRevision: 'new',
    now: Date.parse('2026-01-01T00:00:00Z') + secondsSinceReady * 1000,
  })
    .filter((step) => step.do !== 'tend')
    .map((step) => (step.do === 'create' ? `create ${step.ordinal} ${step.revision}` : `${step.do} ${step.pod.metadata.name}`));

describe('a StatefulSet', () => {
  const parallel = { podManagementPolicy: 'Parallel' };
  const upTo = (maxUnavailable: number | string, partition = 0) => ({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, partition } },
  });
  it.each<[name: string, spec: Partial<StatefulSetSpec>, pods: string[], steps: string[]]>([
    ['fills the first gap only', {}, ['db-0:new'], ['create 1 update']],
    ['fills all gaps at once under Parallel', parallel, ['db-1:new'], ['create 0 update', 'create 2 update']],
    ['waits for a pod that is not ready', {}, ['db-0:new', 'db-1:new!'], []],
    ['makes way for another where a pod has failed', {}, ['db-0:new', 'db-1:new~'], ['recreate db-1']],
    ['takes one pod too many at a time, from the top', {}, ['db-0:new', 'db-1:new', 'db-2:new', 'db-3:new', 'db-4:new'], ['condemn db-4']],
    ['goes on with that above one that does not work', {}, ['db-0:new', 'db-1:new', 'db-2:new', 'db-3:new!', 'db-4:new'], ['condemn db-4']],
    ['takes one that does not work as well', {}, ['db-0:new', 'db-1:new', 'db-2:new', 'db-3:new', 'db-4:new!'], ['condemn db-4']],
    ['but not while one below does not either', {}, ['db-0:new', 'db-1:new', 'db-2:new', 'db-3:new!', 'db-4:new!'], []],
    ['nor while one that stays does not', {}, ['db-0:new', 'db-1:new!', 'db-2:new', 'db-3:new'], []],
    ['rolls one pod at a time, from the top', {}, ['db-0:old', 'db-1:old', 'db-2:old'], ['update db-2']],
    ['down to the partition', upTo(1, 2), ['db-0:old', 'db-1:old', 'db-2:new'], []],
    ['as many at a time as may be unavailable', upTo(2), ['db-0:old', 'db-1:old', 'db-2:old'], ['update db-2', 'update db-1']],
    ['a share of them, rounded down, but one at least', upTo('20%'), ['db-0:old', 'db-1:old', 'db-2:old'], ['update db-2']],
    [
      'under Parallel counts those that do not work yet',
      { ...parallel, ...upTo(2) },
      ['db-0:old', 'db-1:old', 'db-2:new!'],
      ['update db-1'],
    ],
    [
      'under Parallel lets old ones go that do not work, and counts them',
      { ...parallel, ...upTo(2) },
      ['db-0:old!', 'db-1:old', 'db-2:old'],
      ['update db-0', 'update db-2'],
    ],
    ['under Parallel is not stopped by old ones that do not work', parallel, ['db-0:old!', 'db-1:old', 'db-2:old'], ['update db-0']],
    ['but by new ones', parallel, ['db-0:old', 'db-1:old', 'db-2:new!'], []],
    ['and by those that are leaving', parallel, ['db-0:old', 'db-1:old', 'db-2:old-'], []],
  ])('%s', (_, spec, pods, steps) => expect(plan(spec, pods)).toEqual(steps));

  it('counts a pod as working only after minReadySeconds', () => {
    const spec = { minReadySeconds: 10 };
    expect(plan(spec, ['db-0:new'], 5)).toEqual([]);
    expect(plan(spec, ['db-0:new'], 15)).toEqual(['create 1 update']);
  });
});
