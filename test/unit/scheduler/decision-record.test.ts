import { expect, test } from 'vitest';
import type { Decision } from '../../../src/scheduler/decision.ts';
import { createDecisionRecord } from '../../../src/scheduler/decision-record.ts';
import type { Status } from '../../../src/scheduler/framework/status.ts';

const short: Status = { plugin: 'NodeResourcesFit', code: 'Unschedulable', reasons: ['Insufficient cpu'] };
const tainted: Status = { plugin: 'TaintToleration', code: 'UnschedulableAndUnresolvable', reasons: ['node(s) had untolerated taint(s)'] };

const decision = (name: string, rest: Partial<Decision>): Decision => ({
  pod: { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name, uid: `uid-${name}` } },
  time: 0,
  nodes: 3,
  refusals: new Map(),
  feasible: [],
  scores: new Map(),
  ...rest,
});

test('nodes that were refused alike are one group, whoever made their statuses', () => {
  const record = createDecisionRecord();
  const refusals = new Map([
    ['a', short],
    ['b', tainted],
    ['c', { ...short }],
  ]);
  record.observe(decision('web', { refusals, message: '0/3 nodes are available' }));
  expect(record.get('default', 'web')).toMatchObject({
    uid: 'uid-web',
    outcome: 'Unschedulable',
    refusals: [
      { plugin: 'NodeResourcesFit', reasons: ['Insufficient cpu'], nodes: ['a', 'c'] },
      { plugin: 'TaintToleration', nodes: ['b'] },
    ],
  });
});

test('the best nodes are kept with what each plugin gave them, best first', () => {
  const record = createDecisionRecord();
  const feasible = Array.from({ length: 30 }, (_, i) => `n${i}`);
  const scores = new Map([
    ['NodeResourcesFit', feasible.map((_, i) => i)],
    ['ImageLocality', feasible.map((_, i) => (i === 3 ? 100 : 0))],
  ]);
  record.observe(decision('web', { nodeName: 'n3', feasible, scores }));
  const found = record.get('default', 'web');
  expect(found).toMatchObject({ outcome: 'Scheduled', nodeName: 'n3', feasible: 30 });
  expect(found?.scores.map(({ node }) => node)).toEqual(['n3', 'n29', 'n28', 'n27', 'n26', 'n25', 'n24', 'n23', 'n22', 'n21']);
  expect(found?.scores[0]).toEqual({ node: 'n3', total: 103, byPlugin: { NodeResourcesFit: 3, ImageLocality: 100 } });
});

test('a later decision takes the place of an earlier one, and the oldest placements make way', () => {
  const record = createDecisionRecord();
  record.observe(decision('web', { refusals: new Map([['a', short]]) }));
  record.observe(decision('web', { nodeName: 'a', feasible: ['a'] }));
  expect(record.get('default', 'web')).toMatchObject({ outcome: 'Scheduled', refusals: [] });
  for (let i = 0; i < 1000; i++) record.observe(decision(`other-${i}`, { nodeName: 'a', feasible: ['a'] }));
  expect(record.get('default', 'web')).toBeUndefined();
  expect(record.get('default', 'other-0')).toBeDefined();
});

test('many pods refused differently by many nodes are held within a bound', () => {
  const record = createDecisionRecord();
  const nodes = Array.from({ length: 1000 }, (_, i) => `n${i}`);
  for (let i = 0; i < 1001; i++) {
    const own: Status = { ...short, reasons: [`Insufficient thing-${i}`] };
    record.observe(decision(`p${i}`, { refusals: new Map(nodes.map((node) => [node, own])) }));
  }
  expect(record.get('default', 'p0')).toBeUndefined();
  expect(record.get('default', 'p1000')?.refusals[0]?.nodes).toHaveLength(1000);
});

test('a pod that nobody decided on has no record', () => {
  expect(createDecisionRecord().get('default', 'web')).toBeUndefined();
});
