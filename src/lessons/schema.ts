import { parseJsonPath } from '../api/custom/json-path.ts';
import type { Formats } from '../util/yaml-problems.ts';

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text } as const;
const number = { type: 'integer', minimum: 0 } as const;
const regex = { type: 'string', format: 'regex' } as const;

const common = {
  name: text,
  expected: text,
  look: text,
  eventually: { type: 'string', format: 'duration' },
  real: { const: true },
} as const;

const expectation = {
  equals: { type: ['string', 'number', 'boolean'] },
  atLeast: { type: 'number' },
  atMost: { type: 'number' },
  matches: regex,
  exists: { const: true },
  absent: { const: true },
  count: number,
  distinct: { type: 'integer', minimum: 2 },
} as const;

const fields = (properties: object, required: readonly string[]) => ({ type: 'object', additionalProperties: false, required, properties });

/** One form of check by the field that tells them apart. */
export const checkForms = {
  object: fields(
    {
      ...common,
      ...expectation,
      field: { type: 'string', format: 'jsonpath' },
      object: fields({ apiVersion: text, kind: text, name: text, namespace: text, selector: text, fieldSelector: text }, ['kind']),
    },
    ['name', 'object'],
  ),
  http: fields(
    {
      ...common,
      http: fields({ service: text, path: text, status: number, matches: regex, distinct: { type: 'integer', minimum: 2 }, of: regex }, [
        'service',
      ]),
    },
    ['name', 'http'],
  ),
  event: fields({ ...common, event: fields({ for: text, reason: text, contains: text, atLeast: number }, ['for']) }, ['name', 'event']),
  log: fields(
    {
      ...common,
      log: fields({ pod: text, selector: text, container: text, previous: { type: 'boolean' }, contains: text }, ['contains']),
    },
    ['name', 'log'],
  ),
} as const;
export type CheckForm = keyof typeof checkForms;

/** lesson.yaml, but for the checks, each of which is held against its own form. */
export const lessonSchema = fields(
  {
    title: text,
    goal: text,
    minutes: { type: 'integer', minimum: 1, maximum: 60 },
    needs: fields({ nodes: { type: 'integer', minimum: 1 }, real: { type: 'boolean' }, images: texts }, []),
    setup: texts,
    files: texts,
    owns: { type: 'array', items: fields({ apiVersion: text, kind: text, name: text }, ['kind', 'name']) },
    steps: {
      type: 'array',
      minItems: 1,
      items: fields(
        {
          text,
          checks: { type: 'array', minItems: 1, items: { type: 'object' } },
          hints: { ...texts, minItems: 1 },
          solution: { ...texts, minItems: 1 },
        },
        ['text', 'checks', 'hints', 'solution'],
      ),
    },
  },
  ['title', 'goal', 'minutes', 'steps'],
);

const parses = (parse: (text: string) => unknown) => (value: string) => {
  try {
    parse(value);
    return true;
  } catch {
    return false;
  }
};

export const lessonFormats: Formats = {
  duration: { accepts: (value) => /^(\d+(\.\d+)?(ms|s|m))+$/.test(value), refusal: 'is not a duration such as 30s or 1m30s' },
  regex: { accepts: parses((value) => new RegExp(value)), refusal: 'is not a regular expression' },
  jsonpath: { accepts: parses(parseJsonPath), refusal: 'is not a JSON path such as status.phase' },
};
