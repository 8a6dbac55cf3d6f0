import { describe, expect, test } from 'vitest';
import { loadLesson } from '../../../src/lessons/load.ts';
import type { LessonSource } from '../../../src/lessons/source.ts';
import { ShoalError } from '../../../src/util/errors.ts';

/** A lesson folder `01-mine` with this lesson.yaml and a text. */
const sourceOf = (yaml: string, files: Record<string, string> = {}): LessonSource => ({
  names: () => ['01-mine', '02-other'],
  read: (lesson, file) =>
    lesson === '01-mine' ? { 'lesson.yaml': yaml, '1.md': '# First\n\nDo it on {{worker}}.', ...files }[file] : undefined,
});
const lesson = (check: string, more = ''): string => `title: Mine
goal: Learn.
minutes: 5
${more}steps:
  - text: 1.md
    checks:
      - ${check}
    hints: [do it]
    solution: [kubectl get pods]
`;
const good = '{ name: it is there, object: { kind: Pod, name: web } }';

const problemsOf = (yaml: string, files?: Record<string, string>): string => {
  try {
    loadLesson(sourceOf(yaml, files), '1');
    return '';
  } catch (thrown) {
    if (thrown instanceof ShoalError && thrown.code === 'LESSON_INVALID') return thrown.message;
    throw thrown;
  }
};

describe('a lesson folder', () => {
  test('is read with every default', () => {
    expect(loadLesson(sourceOf(lesson(good)), 'mine')).toMatchObject({
      name: '01-mine',
      namespace: 'lesson-01',
      needs: { nodes: 1, real: false, images: [] },
      steps: [{ title: 'First', checks: [{ name: 'it is there', eventuallyMs: 5_000, real: false }] }],
    });
  });

  test.each(['01-mine', 'mine', '01', '1'])('is found as %s', (name) => {
    expect(loadLesson(sourceOf(lesson(good)), name).name).toBe('01-mine');
  });

  test('that nobody knows is refused with what there is', () => {
    expect(() => loadLesson(sourceOf(lesson(good)), 'nothing')).toThrow(
      expect.objectContaining({ code: 'LESSON_NOT_FOUND', next: 'There are: 01-mine, 02-other.' }),
    );
  });

  test('with a check of time and place of its own keeps them', () => {
    const check = '{ name: it answers, http: { service: web, matches: hello }, eventually: 1m30s }';
    const [step] = loadLesson(sourceOf(lesson(check, 'needs: { real: true }\n')), '1').steps;
    expect(step?.checks).toMatchObject([{ eventuallyMs: 90_000, real: true }]);
  });
});

const rows: { what: string; yaml: string; said: string }[] = [
  {
    what: 'a missing field',
    yaml: lesson(good).replace('goal: Learn.\n', ''),
    said: '01-mine/lesson.yaml:1:1: the field "goal" is missing',
  },
  { what: 'an unknown field', yaml: lesson(good, 'colour: red\n'), said: ':4:1: colour: unknown field "colour"' },
  { what: 'no form of check', yaml: lesson('{ name: nothing }'), said: ':7:9: steps[0].checks[0]: needs one of object, http, event, log' },
  {
    what: 'a field of another form',
    yaml: lesson('{ name: x, object: { kind: Pod }, contains: y }'),
    said: 'steps[0].checks[0].contains: unknown field',
  },
  { what: 'a field that is no path', yaml: lesson('{ name: x, object: { kind: Pod }, field: "a[" }'), said: '"a[" is not a JSON path' },
  {
    what: 'a pattern that is none',
    yaml: lesson('{ name: x, object: { kind: Pod }, field: a, matches: "(" }'),
    said: '"(" is not a regular expression',
  },
  {
    what: 'a duration that is none',
    yaml: lesson('{ name: x, object: { kind: Pod }, eventually: soon }'),
    said: '"soon" is not a duration such as 30s',
  },
  {
    what: 'a value without a field',
    yaml: lesson('{ name: x, object: { kind: Pod }, equals: 3 }'),
    said: 'equals needs a field; objects are counted',
  },
  { what: 'a file that is not there', yaml: lesson(good, 'setup: [web.yaml]\n'), said: ':4:9: setup[0]: there is no file web.yaml' },
  {
    what: 'an unknown variable',
    yaml: lesson('{ name: "{{wroker}} is ready", object: { kind: Pod } }'),
    said: 'unknown variable {{wroker}}',
  },
  {
    what: 'a step that simulated nodes would skip',
    yaml: lesson('{ name: x, http: { service: web } }'),
    said: 'needs a check that simulated nodes can pass',
  },
  { what: 'text that is no YAML', yaml: 'title: [', said: '01-mine/lesson.yaml:1:' },
];

test.each(rows)('$what is told with its place', ({ yaml, said }) => {
  expect(problemsOf(yaml)).toContain(said);
});
