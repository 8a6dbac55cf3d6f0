import { render } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { LessonApp } from '../../../src/cli/screens/lesson/app.ts';
import type { LessonScreen } from '../../../src/cli/screens/lesson/draw.ts';
import { markdownLines } from '../../../src/cli/screens/lesson/markdown.ts';
import type { Lesson } from '../../../src/lessons/lesson.ts';
import { fakeTerminal } from '../../support/screen.ts';

const plain = (text: string, width: number): string[] => markdownLines(text, width).map((spans) => spans.map((span) => span.text).join(''));

test('Markdown is wrapped between words, and code keeps its form', () => {
  const text = '# Title\n\nOne `two` **three** four & five.\n\n```sh\nif true; then\n  echo <a>\nfi\n```\n\n- first one\n- second';
  expect(plain(text, 16)).toEqual([
    'Title',
    '',
    'One two three ',
    'four & five.',
    '',
    '  if true; then',
    '    echo <a>',
    '  fi',
    '',
    '• first one',
    '• second',
  ]);
});

const check = { name: 'the pod runs', eventuallyMs: 0, real: false, object: { kind: 'Pod' } };
const lesson: Lesson = {
  name: '03-pods',
  namespace: 'lesson-03',
  title: 'Pods',
  goal: 'Start one.',
  minutes: 5,
  needs: { nodes: 1, real: false, images: [] },
  setup: [],
  files: [],
  owns: [],
  steps: ['One', 'Two'].map((title) => ({
    title,
    text: `# ${title}\n\nDo number ${title}.`,
    checks: [check],
    hints: ['Try harder.'],
    solution: [],
  })),
};
const initial: LessonScreen = {
  lesson,
  progress: { step: 0, hints: 0, solved: [], started: '', nodes: {} },
  outcomes: [],
  notes: ['A note.'],
  top: 0,
};
const outcome = (state: 'passed' | 'failed') => ({ name: check.name, state, expected: 'it is there', seen: 'there is none' });

/** The screen in a terminal of that size; `tell` changes what it shows. */
function shown(size = { width: 120, height: 30 }) {
  const terminal = fakeTerminal(size);
  const done: string[] = [];
  let tell: (change: Partial<LessonScreen>) => void = () => undefined;
  const app = render(
    createElement(LessonApp, {
      initial,
      color: false,
      connect: (told) => {
        tell = told;
        return () => done.push('left');
      },
      goOn: () => void done.push('next'),
      hint: () => void done.push('hint'),
    }),
    { stdin: terminal.stdin, stdout: terminal.stdout, interactive: true, exitOnCtrlC: false, patchConsole: false },
  );
  const sees = (text: string) => expect.poll(() => terminal.screen.text()).toContain(text);
  return { ...terminal, done, app, sees, tell: (change: Partial<LessonScreen>) => tell(change) };
}

describe('the screen of a lesson', () => {
  test('shows the step, its checks as they come true, and the next step when all do', async () => {
    const { sees, tell, press, done, app } = shown();
    await sees('Step 1 of 2: One');
    await sees('A note.');
    await sees('· the pod runs');
    tell({ outcomes: [outcome('failed')] });
    await sees('✗ the pod runs');
    await sees('there is none');
    press('\r');
    press('h');
    await expect.poll(() => done).toEqual(['hint']);
    tell({ progress: { ...initial.progress, hints: 1 } });
    await sees('Hint 1: Try harder.');
    tell({ outcomes: [outcome('passed')] });
    await sees('Enter: next step');
    press('\r');
    await expect.poll(() => done).toEqual(['hint', 'next']);
    tell({ progress: { ...initial.progress, step: 1 } });
    await sees('Step 2 of 2: Two');
    tell({ progress: { ...initial.progress, step: 2 } });
    await sees('✓ This lesson is done.');
    press('q');
    await app.waitUntilExit();
    expect(done.at(-1)).toBe('left');
  });

  test('fits 80 columns and 24 lines, and scrolls', async () => {
    const { sees, press, app, tell, done } = shown({ width: 80, height: 24 });
    const long = Array.from({ length: 30 }, (_, index) => `Line ${index}.`).join('\n\n');
    tell({ lesson: { ...lesson, steps: [{ ...lesson.steps[0], text: `# Long\n\n${long}`, title: 'Long' } as Lesson['steps'][number]] } });
    await sees('↓ more');
    press('\u001b[6~');
    await sees('Line 7.');
    press('q');
    await app.waitUntilExit();
    expect(done).toEqual(['left']);
  });
});
