import { expect, test } from 'vitest';
import type { Lifetime, Only } from '../../../src/cluster/lifetime.ts';
import { reap } from '../../../src/cluster/reaper/reap.ts';
import type { ReaperTask } from '../../../src/cluster/reaper/spawn.ts';
import { sweepExpired } from '../../../src/cluster/reaper/sweep.ts';
import { ShoalError } from '../../../src/util/errors.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

const minute = 60_000;

/** A machine with one cluster, whose lifetime a test may change. */
function machine(lifetime: Lifetime) {
  const clock = virtualClock();
  const state = { lifetime: lifetime as Lifetime | undefined, removed: 0, faults: 0 };
  const found = (): Lifetime => {
    if (state.faults-- > 0) throw new ShoalError('ENGINE_UNREACHABLE', 'the engine is being restarted');
    if (state.lifetime === undefined) throw new ShoalError('CLUSTER_NOT_FOUND', 'gone');
    return state.lifetime;
  };
  const clusters = {
    lifetime: async () => found(),
    lifetimes: async () => new Map([['lab', found()]]),
    async down(_cluster: string, only: Only = () => true) {
      if (!only(found())) return false;
      state.lifetime = undefined;
      state.removed++;
      return true;
    },
  };
  const start = (task: Partial<ReaperTask> = {}) =>
    reap({ clusters: async () => clusters, clock, log: silentLogger }, {
      cluster: 'lab',
      when: 'deadline',
      expires: lifetime.expires,
      ...task,
    } as ReaperTask);
  return { clock, state, clusters, start };
}

test('a cluster goes at its deadline and not before, even when the machine slept', async () => {
  const { clock, state, start } = machine({ expires: virtualClock().now() + 90 * minute });
  const done = start();
  await clock.advance(89 * minute);
  expect(state.removed).toBe(0);
  await clock.advance(minute);
  expect([await done, state.removed]).toEqual([true, 1]);
});

test('a deadline that was put off is waited for anew, and one that was taken away is none', async () => {
  const { clock, state, start } = machine({ expires: virtualClock().now() + minute });
  const done = start();
  state.lifetime = { expires: clock.now() + 3 * minute };
  await clock.advance(2 * minute);
  expect(state.removed).toBe(0);
  state.lifetime = {};
  await clock.advance(2 * minute);
  expect([await done, state.removed]).toEqual([false, 0]);
});

test.each<[string, Lifetime | undefined]>([
  ['went by itself', undefined],
  ['was made anew under its name', { instance: 'b', expires: virtualClock().now() }],
])('nothing is removed when the cluster %s', async (_, then) => {
  const { clock, state, start } = machine({ instance: 'a', expires: virtualClock().now() + minute });
  const done = start({ instance: 'a' });
  state.lifetime = then;
  await clock.advance(minute);
  expect([await done, state.removed]).toEqual([false, 0]);
});

test('an engine that does not answer is asked again', async () => {
  const { clock, state, start } = machine({ expires: virtualClock().now() });
  state.faults = 3;
  const done = start();
  await clock.advance(minute);
  expect([await done, state.removed]).toEqual([true, 1]);
});

test('when the parent is no more, the cluster goes whatever its time to live', async () => {
  const { clock, state, start } = machine({});
  // No process has a number above Linux' and macOS' limits.
  const done = start({ when: 'parent-dies', parent: 4_194_305 });
  await clock.advance(0);
  expect([await done, state.removed]).toEqual([true, 1]);
});

test('the sweep takes what has expired and leaves the rest', async () => {
  const { clock, clusters } = machine({ expires: virtualClock().now() + minute });
  expect(await sweepExpired(clusters, clock)).toEqual([]);
  await clock.advance(minute);
  expect(await sweepExpired(clusters, clock)).toEqual(['lab']);
});
