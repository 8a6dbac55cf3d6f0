import { describe, expect, test } from 'vitest';
import { runSteps, type Step, type StepEvent } from '../../../src/cluster/run-steps.ts';
import { delay } from '../../../src/util/clock.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

/** A step that takes `ms` and writes down what happens to it. */
const clock = virtualClock();
const step = (log: string[], id: string, needs: string[], options: { ms?: number; fails?: string; deaf?: boolean } = {}): Step<void> => ({
  id,
  label: `Do ${id}`,
  needs,
  async run(_, signal) {
    log.push(`+${id}`);
    await delay(clock, options.ms ?? 10, options.deaf === true ? undefined : signal);
    if (options.fails !== undefined) throw new Error(options.fails);
    log.push(`=${id}`);
  },
  async undo() {
    log.push(`-${id}`);
  },
});

/** Runs to the end on virtual time and returns the error, if any. */
async function settle(run: Promise<void>): Promise<unknown> {
  let outcome: unknown = 'pending';
  run.then(
    () => {
      outcome = undefined;
    },
    (thrown) => {
      outcome = thrown;
    },
  );
  await clock.advance(10_000);
  return outcome;
}

describe('runSteps', () => {
  test('starts a step the moment what it needs is done, and no sooner', async () => {
    const log: string[] = [];
    const steps = [
      step(log, 'a', [], { ms: 10 }),
      step(log, 'b', [], { ms: 30 }),
      step(log, 'c', ['a'], { ms: 10 }),
      step(log, 'd', ['b', 'c'], { ms: 10 }),
    ];
    expect(await settle(runSteps(steps, undefined, { clock }))).toBeUndefined();
    expect(log).toEqual(['+a', '+b', '=a', '+c', '=c', '=b', '+d', '=d']);
  });

  test('a failure stops what runs, starts nothing more, and undoes in reverse order of starting', async () => {
    const log: string[] = [];
    const steps = [
      step(log, 'a', [], { ms: 5 }),
      step(log, 'b', ['a'], { ms: 1000 }),
      step(log, 'c', ['a'], { ms: 10, fails: 'boom' }),
      step(log, 'd', ['c']),
    ];
    expect(await settle(runSteps(steps, undefined, { clock }))).toMatchObject({ message: 'boom' });
    expect(log).toEqual(['+a', '=a', '+b', '+c', '-c', '-b', '-a']);
  });

  test('waits for a step that does not hear the signal before undoing it', async () => {
    const log: string[] = [];
    const steps = [step(log, 'slow', [], { ms: 500, deaf: true }), step(log, 'bad', [], { ms: 5, fails: 'boom' })];
    await settle(runSteps(steps, undefined, { clock }));
    expect(log).toEqual(['+slow', '+bad', '=slow', '-bad', '-slow']);
  });

  test('an abort is the error that comes out, whatever the steps say', async () => {
    const log: string[] = [];
    const interrupt = new AbortController();
    const run = settle(runSteps([step(log, 'a', [], { ms: 100 })], undefined, { clock, signal: interrupt.signal }));
    interrupt.abort(new Error('ctrl-c'));
    expect(await run).toMatchObject({ message: 'ctrl-c' });
    expect(log).toEqual(['+a', '-a']);
  });

  test('retain leaves everything', async () => {
    const log: string[] = [];
    await settle(runSteps([step(log, 'a', []), step(log, 'b', ['a'], { fails: 'boom' })], undefined, { clock, retain: true }));
    expect(log).toEqual(['+a', '=a', '+b']);
  });

  test('a failing undo is noted and the others still run', async () => {
    const log: string[] = [];
    const stubborn: Step<void> = { ...step(log, 'b', ['a']), undo: () => Promise.reject(new Error('still in use')) };
    const error = await settle(runSteps([step(log, 'a', []), stubborn, step(log, 'c', ['b'], { fails: 'boom' })], undefined, { clock }));
    expect((error as Error).message).toBe('boom (undoing "Do b" failed too: still in use)');
    expect(log.at(-1)).toBe('-a');
  });

  test('tells of each step as it goes', async () => {
    const events: StepEvent[] = [];
    const progress = (event: StepEvent): void => void events.push(event);
    await settle(runSteps([step([], 'a', [], { ms: 25 }), step([], 'b', ['a'], { ms: 5, fails: 'boom' })], undefined, { clock, progress }));
    expect(events).toEqual([
      { id: 'a', label: 'Do a', state: 'started' },
      { id: 'a', label: 'Do a', state: 'done', ms: 25 },
      { id: 'b', label: 'Do b', state: 'started' },
      { id: 'b', label: 'Do b', state: 'failed', ms: 5, detail: 'boom' },
      { id: 'b', label: 'Do b', state: 'undone', ms: 0 },
      { id: 'a', label: 'Do a', state: 'undone', ms: 0 },
    ]);
  });

  test.each([
    ['a need that no step meets', [step([], 'a', ['nobody'])], 'a (needs nobody)'],
    ['a circle', [step([], 'a', ['b']), step([], 'b', ['a'])], 'can never start'],
    ['two of the same id', [step([], 'a', []), step([], 'a', [])], 'same id'],
  ])('refuses %s before anything starts', async (_, steps, message) => {
    await expect(runSteps(steps, undefined, { clock })).rejects.toThrow(message);
  });
});
