import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { ApiError } from '../../../src/api/status.ts';
import type { Client } from '../../../src/client/client.ts';
import type { Ground } from '../../../src/lessons/checks/ground.ts';
import { judge, judgeEventually } from '../../../src/lessons/checks/judge.ts';
import type { Check } from '../../../src/lessons/lesson.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

type Any = KubeObject & Record<string, unknown>;
const pod = (name: string, node: string, phase = 'Running'): Any => ({
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: node },
  status: { phase },
});

/** A cluster that holds these objects, whatever is asked for; `changed` wakes the watches. */
function cluster(objects: Any[], more: Partial<Client> = {}) {
  const waiting: (() => void)[] = [];
  const of = (kind: { kind: string }): Any[] => objects.filter((object) => object.kind === kind.kind);
  const client = {
    async get(kind: { kind: string }, name: string) {
      const found = of(kind).find((object) => object.metadata.name === name);
      if (found === undefined) throw new ApiError('NotFound', 'none');
      return found;
    },
    list: async (kind: { kind: string }) => ({ metadata: {}, items: of(kind) }),
    async *watch() {
      for (;;) {
        await new Promise<void>((wake) => waiting.push(wake));
        yield { type: 'MODIFIED', object: {} };
      }
    },
    ...more,
  } as unknown as Client;
  const clock = virtualClock();
  const ground: Ground = { client, clock, namespace: 'lesson-01', gateway: undefined, simulated: true };
  return {
    ground,
    clock,
    objects,
    changed: () => {
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

const check = (rule: object, more: Partial<Check> = {}): Check =>
  ({ name: 'it holds', eventuallyMs: 5_000, real: false, object: { kind: 'Pod' }, ...rule, ...more }) as Check;
const two = [pod('a', 'n1'), pod('b', 'n2')];

const rows: { what: string; rule: object; state: 'passed' | 'failed'; seen?: string; expected?: string }[] = [
  { what: 'objects that are there', rule: {}, state: 'passed', seen: '2: a, b', expected: 'Pods: there' },
  { what: 'a number of objects', rule: { count: 3 }, state: 'failed', seen: '2: a, b', expected: 'Pods: 3 of them' },
  { what: 'at least so many', rule: { atLeast: 2 }, state: 'passed' },
  { what: 'at most so many', rule: { atMost: 1 }, state: 'failed', expected: 'Pods: at most 1' },
  { what: 'objects that must not be there', rule: { absent: true }, state: 'failed', expected: 'Pods: not there' },
  { what: 'one that is not there', rule: { object: { kind: 'Pod', name: 'c' } }, state: 'failed', seen: 'there is none' },
  {
    what: 'a field of one that is not there',
    rule: { object: { kind: 'Pod', name: 'c' }, field: 'spec', exists: true },
    state: 'failed',
    seen: 'there is no Pod c',
  },
  { what: 'a value', rule: { field: 'status.phase', equals: 'Running' }, state: 'passed', seen: 'Running (2 times)' },
  {
    what: 'a value that not all have',
    rule: { field: 'spec.nodeName', equals: 'n1' },
    state: 'failed',
    seen: 'n1, n2',
    expected: 'spec.nodeName of Pods is n1',
  },
  { what: 'different values', rule: { field: 'spec.nodeName', distinct: 2 }, state: 'passed' },
  { what: 'too few different values', rule: { field: 'status.phase', distinct: 2 }, state: 'failed' },
  { what: 'a pattern', rule: { field: 'spec.nodeName', matches: '^n[0-9]$' }, state: 'passed' },
  { what: 'a field that is not set', rule: { field: 'spec.hostname', exists: true }, state: 'failed', seen: 'spec.hostname is not set' },
  { what: 'a field that must not be set', rule: { field: 'spec.hostname', absent: true }, state: 'passed' },
  { what: 'a kind that is unknown', rule: { object: { kind: 'Website' } }, state: 'failed', seen: 'the cluster knows no kind Website' },
];

describe('a check of objects', () => {
  test.each(rows)('judges $what', async ({ rule, state, seen, expected }) => {
    const [outcome] = await judge([check(rule)], cluster(two).ground);
    expect(outcome).toMatchObject({ state, ...(seen === undefined ? {} : { seen }), ...(expected === undefined ? {} : { expected }) });
  });

  test('that needs real nodes is skipped on simulated ones', async () => {
    expect(await judge([check({ count: 9 }, { real: true })], cluster(two).ground)).toMatchObject([{ state: 'skipped' }]);
  });

  test('that cannot look has failed, and says why', async () => {
    const { ground } = cluster([], { list: () => Promise.reject(new ApiError('Forbidden', 'you may not')) });
    expect(await judge([check({})], ground)).toMatchObject([{ state: 'failed', seen: 'you may not' }]);
  });
});

describe('a check of events', () => {
  const event = {
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'a' },
    reason: 'Killing',
    message: 'Stopping it',
    count: 2,
  };
  const rule = (of: object): Check => ({ name: 'x', eventuallyMs: 0, real: false, event: of }) as Check;
  test('counts repetitions, and says what else happened', async () => {
    const { ground } = cluster([event]);
    expect(await judge([rule({ for: 'Pod/a', reason: 'Killing', contains: 'Stopping', atLeast: 2 })], ground)).toMatchObject([
      { state: 'passed', seen: '2 times' },
    ]);
    expect(await judge([rule({ for: 'Pod', reason: 'Pulled' })], ground)).toMatchObject([
      { state: 'failed', seen: 'events of Pod: Killing' },
    ]);
    expect(await judge([rule({ for: 'Pod/b' })], ground)).toMatchObject([{ state: 'failed', seen: 'no event of Pod/b' }]);
  });
});

describe('what may still come true', () => {
  const signal = new AbortController().signal;
  test('is looked at again when something changes', async () => {
    const { ground, objects, changed } = cluster([...two]);
    const judged = judgeEventually([check({ count: 3 })], ground, signal);
    // Until the watch stands, a change would go unseen.
    await new Promise((resolve) => setImmediate(resolve));
    objects.push(pod('c', 'n1'));
    changed();
    expect(await judged).toMatchObject([{ state: 'passed' }]);
  });

  test('has failed when its time is over', async () => {
    const { ground, clock } = cluster([...two]);
    const judged = judgeEventually([check({ count: 3 })], ground, signal);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect(await judged).toMatchObject([{ state: 'failed' }]);
  });
});
