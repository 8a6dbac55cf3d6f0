import { render } from 'ink';
import { createElement } from 'react';
import { kinds } from '../../../api/scheme.ts';
import type { Ground } from '../../../lessons/checks/ground.ts';
import { changesOf, judge } from '../../../lessons/checks/judge.ts';
import { allPassed, type Lesson } from '../../../lessons/lesson.ts';
import { type LessonProgress, progressPlace, readProgress, writeProgress } from '../../../lessons/progress.ts';
import { advance } from '../../../lessons/run.ts';
import { delay } from '../../../util/clock.ts';
import type { Logger } from '../../../util/log.ts';
import { follow } from '../../../view/follow.ts';
import { LessonApp } from './app.ts';
import type { LessonScreen } from './draw.ts';

export interface LessonScreenOptions {
  lesson: Lesson;
  progress: LessonProgress;
  ground: Ground;
  notes: readonly string[];
  log: Logger;
  signal: AbortSignal;
  color: boolean;
}

type Tell = (change: Partial<LessonScreen>) => void;
/** Between two attempts to reach a cluster that does not answer; milliseconds. */
const againMs = 1_000;

/**
 * Shows a lesson until the learner leaves it. How far it is lives in the cluster: a check in another terminal turns the page
 * here too.
 */
export async function runLessonScreen(options: LessonScreenOptions): Promise<void> {
  const { lesson, progress, ground, notes, color, signal } = options;
  const leaving = new AbortController();
  const either = AbortSignal.any([signal, leaving.signal]);
  const { client, clock } = ground;
  const now = { progress };
  const quietly = (work: Promise<unknown>): void => void work.catch(() => undefined);
  const screen = render(
    createElement(LessonApp, {
      initial: { lesson, progress, outcomes: [], notes, top: 0 },
      color,
      goOn: () => quietly(advance(lesson, now.progress, client, clock)),
      hint: () => quietly(writeProgress(client, lesson.name, { ...now.progress, hints: now.progress.hints + 1 })),
      connect(tell) {
        quietly(showPictures(options, tell, either));
        quietly(followProgress(options, now, tell, either));
        return () => leaving.abort();
      },
    }),
    { interactive: true, alternateScreen: true, incrementalRendering: true, exitOnCtrlC: false, patchConsole: false, maxFps: 20 },
  );
  const onAbort = (): void => screen.unmount();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await screen.waitUntilExit();
  } finally {
    signal.removeEventListener('abort', onAbort);
    leaving.abort();
  }
}

async function showPictures({ ground: { client, clock }, log }: LessonScreenOptions, tell: Tell, signal: AbortSignal): Promise<void> {
  for await (const picture of follow(client, { clock, log, signal })) tell({ picture });
}

/** Reads how far the lesson is, now and after each change, and keeps looking at the checks of that step. */
async function followProgress(
  options: LessonScreenOptions,
  now: { progress: LessonProgress },
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { lesson, ground } = options;
  const { namespace, name } = progressPlace;
  let turned = new AbortController();
  let judged = -1;
  const turn = async (): Promise<void> => {
    const progress = (await readProgress(ground.client)).lessons[lesson.name];
    if (progress === undefined) return;
    now.progress = progress;
    tell({ progress });
    if (progress.step === judged) return;
    judged = progress.step;
    turned.abort();
    turned = new AbortController();
    void keepJudging(options, judged, tell, AbortSignal.any([signal, turned.signal]));
  };
  while (!signal.aborted) {
    try {
      for await (const _ of ground.client.watch(kinds.ConfigMap, { namespace, fieldSelector: `metadata.name=${name}`, signal }))
        await turn();
    } catch {
      // The picture says that the cluster does not answer.
    }
    await delay(ground.clock, againMs, signal).catch(() => undefined);
  }
}

async function keepJudging({ lesson, ground }: LessonScreenOptions, step: number, tell: Tell, signal: AbortSignal): Promise<void> {
  const checks = lesson.steps[step]?.checks ?? [];
  if (checks.length === 0) return;
  const changes = changesOf(checks, ground, signal);
  while (!signal.aborted) {
    const outcomes = await judge(checks, ground);
    if (!signal.aborted) tell({ outcomes });
    // Requests of ours would take turns with the learner's.
    await (allPassed(outcomes) ? changes.nextReported(passedMs) : changes.next(laterMs));
  }
}

/** Where nothing was reported, a look all the same after so long: a watch may have been lost; milliseconds. */
const laterMs = 5_000;
const passedMs = 60_000;
