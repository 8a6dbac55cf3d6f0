import type { Expectation } from '../lesson.ts';

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** Values as a person reads them: each once, with how often it was there. */
export function listed(values: readonly unknown[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(shown(value), (counts.get(shown(value)) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`)).join(', ');
}

const distinctOf = (values: readonly unknown[]): number => new Set(values.map(shown)).size;

/** Each rule of an expectation: whether values keep it, and how it reads after what it is about. */
const rules: { [K in keyof Required<Expectation>]: [(values: readonly unknown[], wanted: Required<Expectation>[K]) => boolean, string] } = {
  equals: [(values, wanted) => values.length > 0 && values.every((value) => shown(value) === shown(wanted)), 'is'],
  atLeast: [(values, wanted) => values.length > 0 && values.every((value) => Number(value) >= wanted), 'is at least'],
  atMost: [(values, wanted) => values.length > 0 && values.every((value) => Number(value) <= wanted), 'is at most'],
  matches: [(values, wanted) => values.length > 0 && values.every((value) => new RegExp(wanted).test(shown(value))), 'matches'],
  exists: [(values) => values.length > 0, 'is there'],
  absent: [(values) => values.length === 0, 'is not there'],
  count: [(values, wanted) => values.length === wanted, 'has so many values:'],
  distinct: [(values, wanted) => distinctOf(values) >= wanted, 'has at least so many different values:'],
};

const entries = (expectation: Expectation): [keyof Expectation, unknown][] =>
  (Object.keys(rules) as (keyof Expectation)[]).filter((rule) => expectation[rule] !== undefined).map((rule) => [rule, expectation[rule]]);

/** Whether the values are as expected; an expectation that says nothing means that there are some. */
export function holds(values: readonly unknown[], expectation: Expectation): boolean {
  const asked = entries(expectation);
  if (asked.length === 0) return values.length > 0;
  return asked.every(([rule, wanted]) => (rules[rule][0] as (values: readonly unknown[], wanted: unknown) => boolean)(values, wanted));
}

/** Such as `is at least 3`. */
export const inWords = (expectation: Expectation): string =>
  entries(expectation)
    .map(([rule, wanted]) =>
      wanted === true && (rule === 'exists' || rule === 'absent') ? rules[rule][1] : `${rules[rule][1]} ${shown(wanted)}`,
    )
    .join(' and ') || 'is there';

/** Whether there are as many as expected; an expectation that says nothing means at least one. */
export function holdsOfNumber(number: number, { count, atLeast, atMost, absent }: Expectation): boolean {
  if (absent === true) return number === 0;
  if (count !== undefined) return number === count;
  return number >= (atLeast ?? (atMost === undefined ? 1 : 0)) && number <= (atMost ?? Number.POSITIVE_INFINITY);
}

export function numberInWords({ count, atLeast, atMost, absent }: Expectation): string {
  if (absent === true) return 'not there';
  if (count !== undefined) return `${count} of them`;
  const bounds = [atLeast === undefined ? '' : `at least ${atLeast}`, atMost === undefined ? '' : `at most ${atMost}`].filter(
    (one) => one !== '',
  );
  return bounds.join(' and ') || 'there';
}
