import { expect, test } from 'vitest';
import { nodeTable } from '../../../src/why/scheduling/node-table.ts';
import type { NodeVerdict } from '../../../src/why/scheduling/verdicts.ts';
import { amountText, nearest, someOf } from '../../../src/why/text.ts';

test.each([
  ['cpu', 500, '500m'],
  ['cpu', 1500, '1.5'],
  ['memory', 512 * 1024 ** 2, '512Mi'],
  ['memory', 1.5 * 1024 ** 3, '1536Mi'],
  ['memory', 16 * 1024 ** 3, '16Gi'],
  ['example.com/gpu', 2, '2'],
])('%s %d reads %s', (resource, amount, text) => {
  expect(amountText(resource, amount)).toBe(text);
});

test('near names are offered, the nearest first, and far ones are not', () => {
  expect(nearest('webiste', ['database', 'website', 'webside'])).toEqual(['website']);
  expect(someOf(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
});

test('many nodes become one row for each reason, with names', () => {
  const verdicts = Array.from({ length: 100 }, (_, i): NodeVerdict => {
    const missing = `${i + 1} more cpu`;
    return {
      node: `n${i}`,
      distance: i,
      obstacles: [{ plugin: 'NodeResourcesFit', reason: 'Insufficient cpu', missing, remedies: [], distance: i }],
    };
  });
  expect(nodeTable(verdicts)).toMatchObject({
    rows: [['100 nodes', 'NodeResourcesFit', '1 more cpu: n0; the others need as much or more [n0, n1, n2 and 97 more]']],
  });
});
