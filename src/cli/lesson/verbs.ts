import { mergeKubeconfig } from '../../cluster/kubeconfig.ts';
import { judge, judgeEventually } from '../../lessons/checks/judge.ts';
import { allPassed, type Lesson, type Outcome } from '../../lessons/lesson.ts';
import { type LessonProgress, readProgress, writeProgress } from '../../lessons/progress.ts';
import { advance, takeBack } from '../../lessons/run.ts';
import { ShoalError } from '../../util/errors.ts';
import { type CliContext, withClusters } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { removeFiles } from './files.ts';
import { current, groundOf, type LessonFlags, lessonIn, type Session, withSession } from './session.ts';
import { runSolution } from './solve.ts';
import { outcomeLines, stepText, stepTitle } from './text.ts';

export interface CheckFlags extends LessonFlags {
  /** One look, without waiting for what may still come true. */
  now?: boolean;
  /** The rest of the lesson, not this step alone. */
  all?: boolean;
}

const done = (lesson: Lesson, { step }: LessonProgress): boolean => step >= lesson.steps.length;

const look = (cli: CliContext, session: Session, lesson: Lesson, step: number, now?: boolean): Promise<Outcome[]> => {
  const checks = lesson.steps[step]?.checks ?? [];
  const ground = groundOf(session, lesson, cli);
  return now === true ? judge(checks, ground) : judgeEventually(checks, ground, cli.signal);
};

/** `shoal lesson check`: what holds of the current step, and on to the next when all does. Throws LESSON_UNMET. */
export const check = (cli: CliContext, wanted: string | undefined, flags: CheckFlags): Promise<void> =>
  withSession(cli, flags, async (session) => {
    const json = outputFormat(flags.output) === 'json';
    const { lesson, progress } = await current(session, flags, wanted);
    const { step } = progress;
    const outcomes = await look(cli, session, lesson, step, flags.now);
    const passed = allPassed(outcomes);
    const next = passed && !done(lesson, progress) ? await advance(lesson, progress, session.client, cli.clock) : progress;
    if (json)
      printJson(cli, {
        lesson: lesson.name,
        step: step + 1,
        steps: lesson.steps.length,
        passed,
        done: done(lesson, next),
        checks: outcomes,
      });
    else if (done(lesson, progress)) cli.stdout.write(`${stepText(lesson, step)}\n`);
    else
      cli.stdout.write(
        `${stepTitle(lesson, step)}\n${outcomeLines(outcomes).join('\n')}\n${passed ? `\n${stepText(lesson, next.step)}\n` : ''}`,
      );
    if (passed) return;
    const failed = outcomes.filter(({ state }) => state === 'failed').length;
    throw new ShoalError(
      'LESSON_UNMET',
      `${failed} of ${outcomes.length} checks of this step ${failed === 1 ? 'does' : 'do'} not pass yet`,
      {
        next: 'Go on with the step, or ask for help: shoal lesson hint',
      },
    );
  });

/** `shoal lesson hint`: one more each time; after the last one, the last again. */
export const hint = (cli: CliContext, wanted: string | undefined, flags: LessonFlags): Promise<void> =>
  withSession(cli, flags, async (session) => {
    const { lesson, progress } = await current(session, flags, wanted);
    const hints = lesson.steps[progress.step]?.hints ?? [];
    const shown = Math.min(progress.hints, hints.length - 1);
    if (done(lesson, progress)) {
      cli.stdout.write(`${stepText(lesson, progress.step)}\n`);
      return;
    }
    const last = shown === hints.length - 1 ? '\nThat was the last hint. `shoal lesson solve` does the step for you.' : '';
    cli.stdout.write(`Hint ${shown + 1} of ${hints.length}: ${hints[shown]?.trimEnd()}${last}\n`);
    await writeProgress(session.client, lesson.name, { ...progress, hints: shown + 1 });
  });

/** `shoal lesson solve`: does the step's work, saying each command; `--all` goes on to the end of the lesson. */
export const solve = (cli: CliContext, wanted: string | undefined, flags: CheckFlags): Promise<void> =>
  withSession(cli, flags, async (session) => {
    const begun = await current(session, flags, wanted);
    const { lesson } = begun;
    let { progress } = begun;
    while (!done(lesson, progress)) {
      const { step } = progress;
      cli.stdout.write(`${stepTitle(lesson, step)}\n`);
      await runSolution(cli, lesson, step, session.access, session.status.name);
      progress = { ...progress, solved: [...new Set([...progress.solved, step])] };
      await writeProgress(session.client, lesson.name, progress);
      if (flags.all !== true) {
        cli.stdout.write('\nNow: shoal lesson check\n');
        return;
      }
      const outcomes = await look(cli, session, lesson, step);
      cli.stdout.write(`${outcomeLines(outcomes).join('\n')}\n\n`);
      if (!allPassed(outcomes)) throw new ShoalError('LESSON_UNMET', `the solution of step ${step + 1} did not bring its checks to pass`);
      progress = await advance(lesson, progress, session.client, cli.clock);
    }
    cli.stdout.write(`${stepText(lesson, progress.step)}\n`);
  });

/** `shoal lesson reset`: all that the lesson and its learner made is gone; `--all` resets every lesson that was started. */
export const reset = (cli: CliContext, wanted: string | undefined, flags: CheckFlags): Promise<void> =>
  withSession(cli, flags, async (session) => {
    const names = flags.all === true ? Object.keys((await readProgress(session.client)).lessons) : [wanted];
    for (const name of names) {
      // A lesson that is not started may still have left something behind when it was cut off.
      const { lesson, progress } = name === undefined ? await current(session, flags, undefined) : await named(session, flags, name);
      await startNodes(cli, flags, session, progress);
      await takeBack(lesson, session.client, cli.signal);
      await removeFiles(lesson, flags.dir ?? '.');
      cli.stdout.write(`Lesson ${lesson.name} is reset: its namespace ${lesson.namespace} is gone, and the nodes are as they were.\n`);
    }
    const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
    await mergeKubeconfig(session.access, place);
  });

async function named(
  session: Session,
  flags: LessonFlags,
  name: string,
): Promise<{ lesson: Lesson; progress: LessonProgress | undefined }> {
  const lesson = lessonIn(session, flags, name);
  return { lesson, progress: (await readProgress(session.client)).lessons[lesson.name] };
}

/** Nodes that were Ready when the lesson began and are switched off now: pods on them could not end otherwise. */
async function startNodes(cli: CliContext, flags: LessonFlags, session: Session, progress: LessonProgress | undefined): Promise<void> {
  const off = session.status.nodes.filter(({ name, running }) => !running && progress?.nodes[name]?.ready === true);
  if (off.length === 0) return;
  await withClusters(cli, flags, async (clusters) => {
    for (const { name } of off) await clusters.startNode(name, session.status.name);
  });
}
