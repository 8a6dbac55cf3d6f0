import { expect, test } from 'vitest';
import { createGate } from '../../../src/client/gate.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

test('who is inside is waited for, who comes meanwhile waits, and both go on afterwards', async () => {
  const gate = createGate(virtualClock());
  const told: string[] = [];
  expect(gate.enter()).toBeUndefined();
  const held = gate.hold(async () => void told.push('held'));
  const entering = (async () => {
    await gate.enter();
    told.push('entered');
    gate.leave();
  })();
  await Promise.resolve();
  expect(told).toEqual([]);
  gate.leave();
  await Promise.all([held, entering]);
  expect(told).toEqual(['held', 'entered']);
  expect(gate.enter()).toBeUndefined();
});

test('who stays inside does not keep it for ever', async () => {
  const clock = virtualClock();
  const gate = createGate(clock);
  gate.enter();
  const held = gate.hold(async () => 'done');
  await clock.advance(1000);
  expect(await held).toBe('done');
});

test('it opens again when what it was held for fails', async () => {
  const gate = createGate(virtualClock());
  await expect(gate.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(gate.enter()).toBeUndefined();
});
