import type { Lesson, Outcome } from '../../../lessons/lesson.ts';
import { allPassed } from '../../../lessons/lesson.ts';
import type { LessonProgress } from '../../../lessons/progress.ts';
import type { Picture } from '../../../view/picture.ts';
import { type Line, line, span } from '../../../view/text/spans.ts';
import { stepBody, stepTitle } from '../../lesson/text.ts';
import { markdownLines, wrap } from './markdown.ts';

export interface LessonScreen {
  lesson: Lesson;
  progress: LessonProgress;
  /** Of the current step; empty until they were looked at. */
  outcomes: readonly Outcome[];
  picture?: Picture;
  /** What is said once, such as how the cluster is reached. */
  notes: readonly string[];
  /** Lines that are scrolled away above. */
  top: number;
}

/** Side by side from this width on; below it the picture stands under the text. */
const besideFrom = 110;

/** How the screen is parted, in columns and lines. The last line is for the keys. */
export function areas(
  width: number,
  height: number,
): { text: { width: number; height: number }; picture: { width: number; height: number }; row: boolean } {
  const inner = height - 1;
  if (width >= besideFrom) {
    const text = Math.min(84, Math.floor(width * 0.55));
    return { row: true, text: { width: text - 2, height: inner }, picture: { width: width - text - 1, height: inner } };
  }
  const below = Math.floor(inner * 0.4);
  return { row: false, text: { width, height: inner - below - 1 }, picture: { width, height: below } };
}

export const isDone = ({ lesson, progress }: LessonScreen): boolean => progress.step >= lesson.steps.length;
export const mayGoOn = (screen: LessonScreen): boolean => !isDone(screen) && screen.outcomes.length > 0 && allPassed(screen.outcomes);

/** Everything that there is to read, from the top. */
export function textLines(screen: LessonScreen, width: number): Line[] {
  const { lesson, progress } = screen;
  const head: Line[] = [
    [span(lesson.title, 'strong'), span(`  ${lesson.minutes} minutes`, 'dim')],
    ...wrap([span(lesson.goal, 'dim')], width),
    [],
  ];
  if (isDone(screen))
    return [...head, line('✓ This lesson is done.', 'good'), [], ...markdownLines('Tidy up with `shoal lesson reset`.', width)];
  const notes = progress.step === 0 ? [...screen.notes.flatMap((note) => wrap([span(note, 'dim')], width)), []] : [];
  const step = lesson.steps[progress.step];
  const hints = (step?.hints ?? [])
    .slice(0, progress.hints)
    .flatMap((hint, index) => markdownLines(`**Hint ${index + 1}:** ${hint}`, width));
  return [
    ...head,
    ...notes,
    line(stepTitle(lesson, progress.step), 'strong'),
    [],
    ...markdownLines(stepBody(lesson, progress.step), width),
    [],
    ...checkLines(screen, width),
    ...(hints.length === 0 ? [] : [[], ...hints]),
  ];
}

/** One line a check; of what fails, what was seen. */
function checkLines({ lesson, progress, outcomes }: LessonScreen, width: number): Line[] {
  const names = lesson.steps[progress.step]?.checks ?? [];
  if (outcomes.length === 0) return names.map(({ name }) => line(`· ${name}`, 'dim'));
  return outcomes.flatMap(({ state, name, seen }): Line[] => {
    if (state === 'passed') return [line(`✓ ${name}`, 'good')];
    if (state === 'skipped') return [line(`- ${name} (skipped)`, 'dim')];
    return [line(`✗ ${name}`, 'busy'), ...wrap([span(seen, 'dim')], width - 4).map((each): Line => [span('    '), ...each])];
  });
}

export function keyLine(screen: LessonScreen): Line {
  const go = mayGoOn(screen) ? [span(' Enter: next step ', 'good'), span(' ')] : [];
  return [...go, span('h hint   ↑↓ scroll   q leave   do the work in another terminal', 'dim')];
}

/** The lesson's part of the cluster: its nodes, and what is in its namespace. */
export function pictureOfLesson(picture: Picture, namespace: string): Picture {
  const own = <T extends { namespace: string }>(all: readonly T[]): T[] => all.filter((each) => each.namespace === namespace);
  return {
    ...picture,
    nodes: picture.nodes.map((node) => ({ ...node, pods: own(node.pods) })),
    pending: own(picture.pending),
    workloads: own(picture.workloads),
    services: own(picture.services),
    events: picture.events.filter(({ regarding }) => regarding.namespace === namespace || regarding.kind === 'Node'),
  };
}
