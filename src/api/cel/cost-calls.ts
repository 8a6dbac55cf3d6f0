import { type Estimate, traversal } from './cost.ts';

/** What a call costs beside its arguments, and how large its result may be where that follows from them. */
interface CallEstimate {
  cost: number;
  size?: number;
  element?: number | undefined;
}

/** An authorization check (upstream: library/cost.go). */
const checkCost = 350_000;

type Call = (target: Estimate | undefined, args: readonly Estimate[]) => CallEstimate | undefined;

const sizeOf = (part: Estimate | undefined): number => part?.size ?? 0;
const regexCost = (pattern: number): number => Math.ceil(pattern * 0.25);
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

/** How large the elements of a list are. Of lists that the expression makes nothing is known. */
const elementSize = ({ at, element }: Estimate): number =>
  element === undefined ? (at?.element()?.size ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
const ofTexts = ({ type = '' }: Estimate): boolean => /^list<(string|bytes)>$/.test(type);

/** One look at each element of a list, and at every character of texts in it. */
const overElements: Call = (target) => {
  if (target === undefined) return undefined;
  if (!target.type?.startsWith('list')) return { cost: traversal(target.size) };
  return { cost: times(target.size, ofTexts(target) ? 1 + traversal(elementSize(target)) : 1) };
};
const overArgument: Call = (_target, [text]) => ({ cost: traversal(sizeOf(text)) });
const overTarget: Call = (target) => (target === undefined ? undefined : { cost: traversal(target.size), size: target.size });
const matching: Call = (target, args) => {
  const [text, pattern] = target === undefined ? args : [target, args[0]];
  return { cost: times(traversal(sizeOf(text) + 1), regexCost(sizeOf(pattern))) };
};
const elementOf = (list: Estimate | undefined): number | undefined => list?.element ?? list?.at?.element()?.size;
/** A list made of the target's elements, each of which costs one step. */
const newList = (target: Estimate | undefined, size: number, cost = size) => ({ cost: 11 + cost, size, element: elementOf(target) });
/** Each element compared with each other one, twice. */
const comparingPairs: Call = (target) => {
  if (target === undefined) return undefined;
  const pairs = times(target.size, target.size);
  return newList(target, pairs, pairs * (ofTexts(target) ? 2.1 : 2));
};
const finding: Call = (target, args) => {
  const found = matching(target, args);
  return found === undefined || target === undefined ? found : { ...found, size: target.size, element: target.size };
};
const setOperation: Call = (_target, args) => {
  const [a, b] = args.slice(-2).map(sizeOf);
  return { cost: 1 + times(a ?? 0, b ?? 0) };
};

const kept = (target: Estimate | undefined): CallEstimate | undefined =>
  target?.element === undefined ? undefined : { cost: 1, size: target.size, element: target.element };

/** What the pattern of a format is taken to be, in the cost of patterns. */
const formatPattern = 128 * 0.25;

/** By name, as cel-go's and Kubernetes' estimators know them (checker/cost.go, apiserver/pkg/cel/library/cost.go). */
const calls: Record<string, Call> = {
  check: () => ({ cost: checkCost }),
  isSorted: overElements,
  sum: overElements,
  min: overElements,
  max: overElements,
  indexOf: overElements,
  lastIndexOf: overElements,
  url: overArgument,
  ip: overArgument,
  cidr: overArgument,
  isIP: overArgument,
  isCIDR: overArgument,
  isCanonical: overArgument,
  quantity: overArgument,
  isQuantity: overArgument,
  semver: overArgument,
  isSemver: overArgument,
  lowerAscii: overTarget,
  upperAscii: overTarget,
  substring: overTarget,
  trim: overTarget,
  escapeKey: overArgument,
  startsWith: overArgument,
  endsWith: overArgument,
  matches: matching,
  contains: (target, [part, other]) =>
    other === undefined
      ? { cost: times(traversal(sizeOf(target)), traversal(sizeOf(part))) }
      : setOperation(target, [part as Estimate, other]),
  find: finding,
  findAll: finding,
  replace(target, [from, to]) {
    if (target === undefined) return undefined;
    return { cost: traversal(target.size), size: Math.ceil(target.size * Math.max(1, sizeOf(to) / Math.max(1, sizeOf(from)))) };
  },
  split: (target) => (target === undefined ? undefined : { cost: traversal(target.size), size: target.size, element: target.size }),
  join(target, [separator]) {
    if (target === undefined) return undefined;
    const element = elementSize(target);
    const size = times(target.size, element + sizeOf(separator));
    return { cost: traversal(size), size };
  },
  equivalent: setOperation,
  intersects: setOperation,
  // The few complaints that a format may have.
  validate: (_target, [text]) => ({ cost: times(traversal(sizeOf(text)), formatPattern), size: 8, element: 512 }),
  value: (target) => kept(target),
  orValue: (target) => kept(target),
  slice: (target, [from, to]) => newList(target, (to?.value ?? sizeOf(target)) - (from?.value ?? 0)),
  reverse: (target) => newList(target, sizeOf(target)),
  distinct: comparingPairs,
  sort: comparingPairs,
  flatten: (target) => ({ ...newList(target, times(sizeOf(target), elementOf(target) ?? 1)), element: undefined }),
  range: (_target, [count]) => ({ ...newList(undefined, count?.value ?? Number.POSITIVE_INFINITY), element: 1 }),
  // A character may take four bytes.
  bytes: (_target, [value]) => ({ cost: traversal(sizeOf(value)), size: sizeOf(value) * 4 }),
  // Conversions keep what they convert.
  dyn: (_target, [value]) => ({ cost: 1, size: sizeOf(value) }),
  string: (_target, [value]) => ({ cost: 1, size: sizeOf(value) }),
};

/** One step where nothing else is known of the function. What replaces a function of the library has a `_` before its name. */
export function callCost(name: string, target: Estimate | undefined, args: readonly Estimate[]): CallEstimate {
  const known = name.replace(/^_/, '');
  return (Object.hasOwn(calls, known) ? calls[known]?.(target, args) : undefined) ?? { cost: 1 };
}
