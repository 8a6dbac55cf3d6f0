import type { Lesson } from '../../lessons/lesson.ts';
import { loadLesson } from '../../lessons/load.ts';
import { type LessonProgress, type Progress, readProgress } from '../../lessons/progress.ts';
import { ShoalError } from '../../util/errors.ts';
import type { CliContext } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { type LessonFlags, withSession } from './session.ts';
import { lessonSource } from './source.ts';

/** Such as `2 of 3`. */
export const howFar = (lesson: Pick<Lesson, 'steps'>, progress: LessonProgress | undefined): string =>
  progress === undefined ? '' : progress.step >= lesson.steps.length ? 'done' : `step ${progress.step + 1} of ${lesson.steps.length}`;

/** `shoal lesson list`: works without a cluster too, and then shows no progress. */
export async function list(cli: CliContext, flags: LessonFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const source = lessonSource(flags.from);
  const lessons = source.names().map((name) => loadLesson(source, name));
  const { lessons: progress } = await withSession(cli, { ...flags, quiet: true }, ({ client }) => readProgress(client)).catch(
    unlessNoCluster(flags),
  );
  if (format === 'name') cli.stdout.write(lessons.map(({ name }) => `${name}\n`).join(''));
  else if (format === 'json') {
    printJson(
      cli,
      lessons.map(({ name, title, goal, minutes, needs, steps }) => {
        const { nodes: _, ...reached } = progress[name] ?? { nodes: {} };
        return {
          name,
          title,
          goal,
          minutes,
          needs,
          steps: steps.map((step) => step.title),
          progress: progress[name] === undefined ? null : reached,
        };
      }),
    );
  } else {
    const rows = lessons.map((lesson) => [
      lesson.name,
      lesson.title,
      `${lesson.minutes}m`,
      lesson.needs.real ? 'real' : 'any',
      howFar(lesson, progress[lesson.name]),
    ]);
    cli.stdout.write(table(['LESSON', 'TITLE', 'TIME', 'NODES', 'PROGRESS'], rows));
  }
}

/** Without a cluster (or an engine) there is no progress yet; one that was named must be there. */
const unlessNoCluster =
  (flags: LessonFlags) =>
  (thrown: unknown): Progress => {
    if (thrown instanceof ShoalError && flags.name === undefined) return { lessons: {} };
    throw thrown;
  };
