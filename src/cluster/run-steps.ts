import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';

/** One piece of making something, with how to take it back. Steps share state through `C`. */
export interface Step<C> {
  id: string;
  /** For people, such as `Start demo-worker`. */
  label: string;
  /** Ids of the steps whose results this one uses; it starts the moment they are done. */
  needs: readonly string[];
  /** `signal` aborts when the user interrupts or another step has failed. */
  run(context: C, signal: AbortSignal): Promise<void>;
  /** Removes what `run` made or half made; must succeed when there is nothing. */
  undo?(context: C): Promise<void>;
}

export interface StepEvent {
  id: string;
  label: string;
  state: 'started' | 'done' | 'failed' | 'undone';
  /** How long it took, milliseconds; absent for `started`. */
  ms?: number;
  /** For `failed`, the error's message. */
  detail?: string;
}

export interface RunStepsOptions {
  clock: Clock;
  signal?: AbortSignal;
  progress?: (event: StepEvent) => void;
  /** On failure leave everything as it is. */
  retain?: boolean;
}

/**
 * Runs the graph as parallel as its edges allow. On the first failure, or when `signal` aborts, running steps are told to
 * stop and waited for, nothing new starts, and every step that had started is undone in reverse order of starting; then
 * the first failure is thrown. A failing undo does not stop the others; its message joins the error as a note.
 */
export async function runSteps<C>(steps: readonly Step<C>[], context: C, options: RunStepsOptions): Promise<void> {
  checkGraph(steps);
  const { clock, progress = () => undefined } = options;
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(options.signal?.reason);
  if (options.signal?.aborted === true) interrupted();
  options.signal?.addEventListener('abort', interrupted, { once: true });

  const started: Step<C>[] = [];
  const done = new Set<string>();
  const running = new Map<string, Promise<void>>();
  let failure: { thrown: unknown } | undefined;

  const runOne = async (step: Step<C>): Promise<void> => {
    const since = clock.now();
    const { id, label } = step;
    progress({ id, label, state: 'started' });
    try {
      await step.run(context, stop.signal);
      done.add(id);
      progress({ id, label, state: 'done', ms: clock.now() - since });
    } catch (thrown) {
      progress({ id, label, state: 'failed', ms: clock.now() - since, detail: messageOf(thrown) });
      failure ??= { thrown };
      stop.abort(thrown);
    } finally {
      running.delete(id);
    }
  };
  const startReady = (): void => {
    if (stop.signal.aborted) return;
    for (const step of steps) {
      if (started.includes(step) || !step.needs.every((id) => done.has(id))) continue;
      started.push(step);
      running.set(step.id, runOne(step));
    }
  };

  startReady();
  while (running.size > 0) {
    await Promise.race(running.values());
    startReady();
  }
  options.signal?.removeEventListener('abort', interrupted);
  if (!stop.signal.aborted) return;

  // An interrupt is the cause whatever the steps then said about it.
  const cause = options.signal?.aborted === true ? options.signal.reason : failure?.thrown;
  if (options.retain !== true) await undoAll(started, context, cause, options);
  throw cause;
}

async function undoAll<C>(started: readonly Step<C>[], context: C, cause: unknown, options: RunStepsOptions): Promise<void> {
  for (const step of started.toReversed()) {
    if (step.undo === undefined) continue;
    const since = options.clock.now();
    try {
      await step.undo(context);
      options.progress?.({ id: step.id, label: step.label, state: 'undone', ms: options.clock.now() - since });
    } catch (thrown) {
      if (cause instanceof Error) cause.message += ` (undoing "${step.label}" failed too: ${messageOf(thrown)})`;
    }
  }
}

/** A step graph is written by us: a wrong one is a fault, not a user's error. */
function checkGraph<C>(steps: readonly Step<C>[]): void {
  const seen = new Set<string>();
  let left = [...steps];
  if (new Set(steps.map((step) => step.id)).size < steps.length) throw new Error('two steps have the same id');
  while (left.length > 0) {
    const waiting = left.filter((step) => !step.needs.every((id) => seen.has(id)));
    if (waiting.length === left.length) {
      throw new Error(`steps that can never start: ${waiting.map((step) => `${step.id} (needs ${step.needs.join(', ')})`).join('; ')}`);
    }
    for (const step of left) if (!waiting.includes(step)) seen.add(step.id);
    left = waiting;
  }
}
