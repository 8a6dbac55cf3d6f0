import type { Lesson, Outcome } from '../../lessons/lesson.ts';

const marks = { passed: '✓', failed: '✗', skipped: '-' } as const;

/** One line a check; below what does not pass: what was expected, what was seen, where to look. */
export function outcomeLines(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ state, name, expected, seen, look }) => {
    const line = `${marks[state]} ${name}`;
    if (state === 'passed') return [line];
    if (state === 'skipped') return [`${line} (skipped: ${seen})`];
    return [line, `    expected: ${expected}`, `    seen:     ${seen}`, ...(look === undefined ? [] : [`    look:     ${look}`])];
  });
}

export const stepTitle = ({ steps }: Lesson, step: number): string => `Step ${step + 1} of ${steps.length}: ${steps[step]?.title ?? ''}`;

/** The Markdown of a step without the heading, which `stepTitle` says. */
export const stepBody = ({ steps }: Lesson, step: number): string => (steps[step]?.text ?? '').replace(/^\s*#[^\n]*\n+/, '').trimEnd();

/** What a learner reads when a step begins. */
export function stepText(lesson: Lesson, step: number): string {
  if (step >= lesson.steps.length) return `Lesson ${lesson.title} is done. Tidy up with: shoal lesson reset`;
  return [`## ${stepTitle(lesson, step)}`, '', stepBody(lesson, step), '', 'Done? `shoal lesson check`. Stuck? `shoal lesson hint`.'].join(
    '\n',
  );
}

export const opening = (lesson: Lesson): string => `# ${lesson.title} (${lesson.minutes} minutes)\n\n${lesson.goal}\n`;
