/**
 * Label selectors: the grammar of query parameters and the `LabelSelector` type (apimachinery pkg/labels and
 * meta/v1 LabelSelectorAsSelector), with upstream's error texts.
 */
import { labelValueErrors, qualifiedNameErrors } from './qualified-name.ts';
import { parseRequirements } from './selector-parser.ts';
import { ApiError } from './status.ts';
import type { LabelSelector } from './types/meta-v1.ts';

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}
type Labels = Readonly<Record<string, string>> | undefined;

export interface Selector {
  readonly requirements: readonly Requirement[];
  matches(labels: Labels): boolean;
  /** True for the selector without requirements, which matches every object. */
  readonly everything: boolean;
  /** True for the selector that matches no object, such as that of an absent `LabelSelector`. */
  readonly nothing: boolean;
  /** As a query parameter; requirements sorted by key. */
  toString(): string;
}

export const selectsEverything: Selector = {
  requirements: [],
  matches: () => true,
  everything: true,
  nothing: false,
  toString: () => '',
};
export const selectsNothing: Selector = {
  requirements: [],
  matches: () => false,
  everything: false,
  nothing: true,
  toString: () => '',
};

/** Parses `a=b,c in (d,e),!f`; the empty text selects everything. Throws {@link ApiError} BadRequest. */
export function parseSelector(text: string): Selector {
  if (text === '') return selectsEverything;
  const requirements = parseRequirements(text);
  for (const requirement of requirements) check(requirement);
  return selectorOf(requirements);
}

/** Of a map as Services and ReplicationControllers have it: every pair must be there. An empty map selects everything. */
export const selectorFromSet = (labels: Labels): Selector =>
  selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));

const operators: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** Absent selects nothing, `{}` everything. Throws {@link ApiError} BadRequest for expressions that make no sense. */
export function selectorFrom(selector: LabelSelector | undefined): Selector {
  if (selector === undefined || selector === null) return selectsNothing;
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = operators[operator];
    if (known === undefined) throw new ApiError('BadRequest', `${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push({ key, operator: known, values: [...(values ?? [])].sort() });
  }
  for (const requirement of requirements) check(requirement);
  return selectorOf(requirements);
}

export function selectorOf(requirements: readonly Requirement[]): Selector {
  if (requirements.length === 0) return selectsEverything;
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const tests = sorted.map(testOf);
  const [only] = tests;
  return {
    requirements: sorted,
    matches: tests.length === 1 && only !== undefined ? only : (labels) => tests.every((test) => test(labels)),
    everything: false,
    nothing: false,
    toString: () => sorted.map(textOf).join(','),
  };
}

function testOf({ key, operator, values }: Requirement): (labels: Labels) => boolean {
  const get = (labels: Labels): string | undefined =>
    labels !== undefined && labels !== null && Object.hasOwn(labels, key) ? labels[key] : undefined;
  const [first = ''] = values;
  switch (operator) {
    case '=':
    case '==':
      return (labels) => get(labels) === first;
    case '!=':
      return (labels) => get(labels) !== first;
    case 'in':
      return (labels) => {
        const value = get(labels);
        return value !== undefined && values.includes(value);
      };
    case 'notin':
      return (labels) => {
        const value = get(labels);
        return value === undefined || !values.includes(value);
      };
    case 'exists':
      return (labels) => get(labels) !== undefined;
    case '!':
      return (labels) => get(labels) === undefined;
    default:
      return (labels) => {
        const value = get(labels) ?? '';
        if (!isInt64(value)) return false;
        return operator === 'gt' ? BigInt(value) > BigInt(first) : BigInt(value) < BigInt(first);
      };
  }
}

function textOf({ key, operator, values }: Requirement): string {
  const list = values.join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

const isInt64 = (text: string): boolean => /^[+-]?[0-9]+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

/** What labels.NewRequirement refuses. */
function check({ key, operator, values }: Requirement): void {
  const problems: string[] = [];
  const invalid = (path: string, value: unknown, detail: string): void => {
    problems.push(`${path}: Invalid value: ${JSON.stringify(value)}: ${detail}`);
  };
  const keyErrors = qualifiedNameErrors(key);
  if (keyErrors.length > 0) invalid('<nil>', key, keyErrors.join('; '));
  if (operator === 'in' || operator === 'notin') {
    if (values.length === 0) invalid('values', values, "for 'in', 'notin' operators, values set can't be empty");
  } else if (operator === 'exists' || operator === '!') {
    if (values.length > 0) invalid('values', values, 'values set must be empty for exists and does not exist');
  } else if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required");
    values.forEach((value, i) => {
      if (!isInt64(value)) invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer");
    });
  } else if (values.length !== 1) invalid('values', values, 'exact-match compatibility requires one single value');
  values.forEach((value, i) => {
    const errors = labelValueErrors(value);
    if (errors.length > 0) invalid(`values[${i}][${key}]`, value, errors.join('; '));
  });
  const [first] = problems;
  if (first === undefined) return;
  throw new ApiError('BadRequest', `unable to parse requirement: ${problems.length === 1 ? first : `[${problems.join(', ')}]`}`);
}
