import { ShoalError } from '../util/errors.ts';
import { type Problem, problemsError, readYaml, schemaViolations } from '../util/yaml-problems.ts';
import type { Check, Lesson, LessonFile, Needs, ObjectName, Step } from './lesson.ts';
import { type CheckForm, checkForms, lessonFormats, lessonSchema } from './schema.ts';
import { isLessonName, type LessonSource, namedLesson } from './source.ts';
import { variablesIn } from './variables.ts';

/** lesson.yaml as it is written, once the schema has accepted it. */
interface LessonYaml {
  title: string;
  goal: string;
  minutes: number;
  needs?: Partial<Needs>;
  setup?: string[];
  files?: string[];
  owns?: ObjectName[];
  steps: { text: string; checks: (Check & { eventually?: string })[]; hints: string[]; solution: string[] }[];
}

/** A check that names no time of its own gets what a change takes to spread through a cluster. */
const usualWait = '5s';
const next = 'Correct the lesson; docs/lesson-authors.md lists every field.';

/** Reads the lesson that `wanted` names. Throws LESSON_NOT_FOUND, or LESSON_INVALID with every problem at once. */
export function loadLesson(source: LessonSource, wanted: string): Lesson {
  const names = source.names();
  const name = namedLesson(names, wanted);
  if (name !== undefined) return read(source, name);
  throw new ShoalError('LESSON_NOT_FOUND', `there is no lesson ${wanted}`, {
    next: names.length === 0 ? 'A lesson is a folder such as 03-pods with a lesson.yaml.' : `There are: ${names.join(', ')}.`,
  });
}

function read(source: LessonSource, name: string): Lesson {
  const from = `${name}/lesson.yaml`;
  const text = source.read(name, 'lesson.yaml');
  if (text === undefined || !isLessonName(name)) {
    throw new ShoalError('LESSON_NOT_FOUND', `${name} is no lesson`, { next: 'A lesson is a folder such as 03-pods with a lesson.yaml.' });
  }
  const file = readYaml(text);
  if ('problems' in file) throw problemsError('LESSON_INVALID', from, file.problems, next);
  const { value, problem } = file;
  const problems = [...schemaViolations(lessonSchema, value, lessonFormats), ...checkViolations(value)].map((one) =>
    problem(one.path, one.message, one.key),
  );
  if (problems.length > 0) throw problemsError('LESSON_INVALID', from, problems, next);
  const yaml = value as LessonYaml;
  const contents = (names: string[] | undefined, field: string): LessonFile[] =>
    (names ?? []).map((each, index) => ({ name: each, content: contentOf(each, [field, index]) }));
  const contentOf = (each: string, path: (string | number)[]): string => {
    const content = source.read(name, each);
    if (content === undefined) problems.push(problem(path, `there is no file ${each} in the lesson's folder`));
    else problems.push(...variableProblems(content).map((message) => problem(path, `${each}: ${message}`)));
    return content ?? '';
  };
  const needs = { nodes: 1, real: false, images: [], ...yaml.needs };
  const lesson: Lesson = {
    name,
    namespace: `lesson-${name.slice(0, 2)}`,
    title: yaml.title,
    goal: yaml.goal,
    minutes: yaml.minutes,
    needs,
    setup: contents(yaml.setup, 'setup'),
    files: contents(yaml.files, 'files'),
    owns: yaml.owns ?? [],
    steps: yaml.steps.map((step, index) => stepOf(step, contentOf(step.text, ['steps', index, 'text']))),
  };
  lesson.steps.forEach((step, index) => {
    step.checks.forEach((check, place) => {
      if (!('object' in check) || check.field !== undefined) return;
      const needless = (['equals', 'matches', 'distinct'] as const).filter((rule) => check[rule] !== undefined);
      for (const rule of needless)
        problems.push(problem(['steps', index, 'checks', place], `${rule} needs a field; objects are counted`, rule));
    });
    if (!needs.real && step.checks.every((check) => check.real)) {
      problems.push(
        problem(['steps', index, 'checks'], 'needs a check that simulated nodes can pass, or the lesson `needs: {real: true}`'),
      );
    }
  });
  problems.push(...variableProblems(text).map((message): Problem => problem([], message)));
  if (problems.length > 0) throw problemsError('LESSON_INVALID', from, problems, next);
  return lesson;
}

function stepOf(step: LessonYaml['steps'][number], text: string): Step {
  return {
    text,
    title: /^#+\s+(.*)$/m.exec(text)?.[1] ?? step.text,
    checks: step.checks.map(({ eventually = usualWait, ...check }) => ({
      ...check,
      eventuallyMs: milliseconds(eventually),
      // Pods of simulated nodes have no network.
      real: check.real === true || 'http' in check,
    })),
    hints: step.hints,
    solution: step.solution,
  };
}

/** Each check is held against the form that it names: a schema of alternatives would report the problems of all of them. */
function checkViolations(value: unknown): ReturnType<typeof schemaViolations> {
  const steps = (value as Partial<LessonYaml> | null)?.steps;
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step, index) => {
    if (!Array.isArray(step?.checks)) return [];
    return step.checks.flatMap((check, place) => {
      const path = ['steps', index, 'checks', place];
      const form = Object.keys(checkForms).find((each) => typeof check === 'object' && check !== null && each in check);
      if (form === undefined) return [{ path, key: undefined, message: `needs one of ${Object.keys(checkForms).join(', ')}` }];
      const found = schemaViolations(checkForms[form as CheckForm], check, lessonFormats);
      return found.map((one) => ({ ...one, path: [...path, ...one.path] }));
    });
  });
}

const variableProblems = (text: string): string[] =>
  variablesIn(text)
    .filter(({ known }) => !known)
    .map(({ name }) => `unknown variable {{${name}}}`);

const unit = { ms: 1, s: 1000, m: 60_000 } as const;
/** `1m30s` → 90000. The schema has checked the form. */
const milliseconds = (text: string): number =>
  [...text.matchAll(/([0-9.]+)(ms|s|m)/g)].reduce((sum, [, count, name]) => sum + Number(count) * unit[name as keyof typeof unit], 0);
