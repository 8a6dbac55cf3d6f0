/** What an expression may cost at worst, from the sizes that its variables may have: cel-go's static cost estimate (checker/cost.go). */
import { type CelNode, childrenOf, comprehensionOf } from './ast.ts';
import { callCost } from './cost-calls.ts';

/** How large a value with a schema may be: bytes of a text, elements of a list or map; 0 for other values. */
export interface CelSize {
  readonly size: number;
  field(name: string): CelSize | undefined;
  element(): CelSize | undefined;
}

/** Upstream's limits for one expression and for all of a schema. */
export const staticCostLimit = 10_000_000;
export const totalCostLimit = 100_000_000;

/** One part of an expression. */
export interface Estimate {
  cost: number;
  /** The most that its value may measure. */
  size: number;
  /** What is known of the value, where it is a part of a variable. */
  at?: CelSize | undefined;
  /** How large the elements are, where it is a list that the expression makes. */
  element?: number | undefined;
  /** A whole number that the expression says. */
  value?: number | undefined;
  /** The type of the value, where the checker knows it. */
  type?: string;
}

/** Reading a character costs a tenth. */
export const traversal = (size: number): number => Math.ceil(size * 0.1);

type Scope = ReadonlyMap<string, Omit<Estimate, 'cost'>>;

const scalars = new Set(['bool', 'double', 'int', 'uint', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);
const typeName = (node: CelNode): string => node.checkedType?.name ?? 'dyn';
/** What a value of the node's type may measure when nothing else is known. */
const unknownSize = (node: CelNode): number => (scalars.has(typeName(node)) ? 1 : Number.POSITIVE_INFINITY);

/** The cost of the expression; the sizes are those of its variables. */
export function estimateCost(root: CelNode, variables: Record<string, CelSize>): number {
  const scope: Scope = new Map(Object.entries(variables).map(([name, at]) => [name, { size: at.size, at }]));
  return Math.min(estimate(root, scope).cost, Number.MAX_SAFE_INTEGER);
}

function estimate(node: CelNode, scope: Scope): Estimate {
  const macro = node.meta.macro as { names?: string[]; bodies?: CelNode[]; receiver?: CelNode; var?: string; val?: CelNode } | undefined;
  if (comprehensionOf(node) !== undefined) return quantifier(node, scope);
  if (macro?.names !== undefined && macro.receiver !== undefined) return loop(node, macro.receiver, macro.names, macro.bodies ?? [], scope);
  if (macro?.var !== undefined && macro.val !== undefined) return binding(node, macro.var, macro.val, scope);
  if (node.meta.alternate !== undefined) return estimate(node.meta.alternate, scope);
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'bigint') return { cost: 0, size: 1, value: Number(node.args) };
      return { cost: 0, size: typeof node.args === 'string' ? node.args.length : typeName(node) === 'type' ? 0 : unknownSize(node) };
    case 'id':
      // What is no variable names a type.
      return { cost: 1, ...(scope.get(node.args as string) ?? { size: 0 }) };
    case '.':
    case '.?':
      return selection(node, scope);
    case 'call':
    case 'rcall':
      return called(node, scope);
    default:
      return operation(node, scope);
  }
}

const known = (at: CelSize | undefined, node: CelNode): Omit<Estimate, 'cost'> =>
  at === undefined ? { size: unknownSize(node) } : { size: at.size, at };

function selection(node: CelNode, scope: Scope): Estimate {
  const [operand, name] = node.args as [CelNode, string];
  const from = estimate(operand, scope);
  const typed = typeName(operand) !== 'dyn' || node.op === '.?';
  const at = typeName(operand).startsWith('map<') ? from.at?.element() : from.at?.field(name);
  return { cost: from.cost + (typed ? 1 : 0), ...known(at, node) };
}

function called(node: CelNode, scope: Scope): Estimate {
  const [name] = node.args as [string];
  const [first, ...others] = childrenOf(node);
  // Whether a field is there costs what it costs to come to it.
  if (name === 'has' && first !== undefined) return { cost: estimate((first.args as [CelNode])[0], scope).cost, size: 1 };
  const parts = [first, ...others]
    .filter((part) => part !== undefined)
    .map((part): Estimate => ({ ...estimate(part, scope), type: typeName(part) }));
  const [target, ...rest] = parts;
  const sum = parts.reduce((total, part) => total + part.cost, 0);
  const own = node.op === 'rcall' ? callCost(name, target, rest) : callCost(name, undefined, parts);
  return { cost: sum + own.cost, size: own.size ?? unknownSize(node), element: own.element };
}

const isText = (node: CelNode | undefined): boolean => node !== undefined && ['string', 'bytes'].includes(typeName(node));

function operation(node: CelNode, scope: Scope): Estimate {
  const nodes = childrenOf(node);
  const parts = nodes.map((child) => estimate(child, scope));
  const sum = parts.reduce((total, part) => total + part.cost, 0);
  const [left, right] = [parts[0]?.size ?? 0, parts[1]?.size ?? 0];
  switch (node.op) {
    case '&&':
    case '||':
      return { cost: sum, size: 1 };
    case '?:': {
      const [condition = 0, yes = 0, no = 0] = parts.map(({ cost }) => cost);
      return { cost: condition + Math.max(yes, no), size: Math.max(right, parts[2]?.size ?? 0), at: parts[1]?.at };
    }
    case '[]':
    case '[?]':
      return { cost: sum + 1, ...elementOf(parts[0], node) };
    case 'list':
      return { cost: sum + 10, size: parts.length, element: Math.max(0, ...parts.map(({ size }) => size)) };
    case 'map':
      return { cost: sum + 30, size: parts.length / 2 };
    case 'in':
      return { cost: sum + (nodes[1] !== undefined && typeName(nodes[1]).startsWith('list') ? right : 1), size: 1 };
    case '+':
      if (isText(nodes[0]) || isText(nodes[1])) return { cost: sum + traversal(left + right), size: left + right };
      if (typeName(node).startsWith('list')) return { cost: sum + 1, size: left + right, at: parts[0]?.at, element: parts[0]?.element };
      return { cost: sum + 1, size: unknownSize(node) };
    case '==':
    case '!=':
      return { cost: sum + traversal(Math.min(left, right)), size: 1 };
    default:
      // Comparisons of texts go through them; everything else is one step.
      if (/^[<>]=?$/.test(node.op) && isText(nodes[0])) return { cost: sum + traversal(Math.min(left, right)), size: 1 };
      return { cost: sum + 1, size: unknownSize(node) };
  }
}

function elementOf(list: Estimate | undefined, node: CelNode): Omit<Estimate, 'cost'> {
  if (list?.element !== undefined) return { size: list.element };
  return known(list?.at?.element(), node);
}

/** What each round of a macro costs besides its expressions: the condition to go on and the step. */
const rounds: Record<string, (costs: number[]) => number> = {
  all: ([test = 0]) => 2 + 1 + test,
  exists: ([test = 0]) => 3 + 1 + test,
  exists_one: ([test = 0]) => test + 2,
  existsOne: ([test = 0]) => test + 2,
  filter: ([test = 0]) => test + 13,
  sortBy: ([key = 0]) => 12 + key,
  map: (costs) => (costs.length > 1 ? (costs[0] ?? 0) + 12 + (costs[1] ?? 0) : 12 + (costs[0] ?? 0)),
};
const makesList = new Set(['filter', 'map', 'transformList']);
/** What it costs to begin and to end. */
const ends: Record<string, number> = { all: 1, exists: 1, exists_one: 2, existsOne: 2, filter: 11, map: 11 };

function quantifier(node: CelNode, scope: Scope): Estimate {
  const [, receiver, given] = node.args as [string, CelNode, CelNode[]];
  const [variable, ...bodies] = given;
  return loop(node, receiver, [variable?.args as string], bodies, scope);
}

/** A macro over a list or map: `names` are its variables, one or two, `bodies` what is evaluated for each element. */
function loop(node: CelNode, receiver: CelNode, names: readonly string[], bodies: readonly CelNode[], scope: Scope): Estimate {
  const [name] = node.args as [string];
  const over = estimate(receiver, scope);
  const isMap = typeName(receiver).startsWith('map<');
  const value = over.element === undefined ? over.at?.element() : undefined;
  const item = value === undefined ? { size: over.element ?? Number.POSITIVE_INFINITY } : { size: value.size, at: value };
  const key = { size: isMap ? 0 : 1 };
  const [first = '', second] = names;
  const inner: Scope = new Map([
    ...scope,
    [first, second !== undefined || isMap ? key : item],
    ...(second === undefined ? [] : ([[second, item]] as const)),
  ]);
  const inside = bodies.map((body) => estimate(body, inner));
  const round = rounds[name] ?? rounds['map'];
  const cost = over.cost + (ends[name] ?? 11) + over.size * (round?.(inside.map((one) => one.cost)) ?? 0);
  if (name === 'sortBy') {
    const sorting = callCost('sort', { ...over, element: inside[0]?.size }, []);
    return { cost: cost + sorting.cost, size: over.size, at: over.at, element: over.element };
  }
  if (!makesList.has(name)) return { cost, size: name.startsWith('transform') ? over.size : 1 };
  const kept = name === 'filter' ? item : { size: inside.at(-1)?.size ?? 0, at: inside.at(-1)?.at };
  return { cost, size: over.size, element: kept.size, at: { size: over.size, field: () => undefined, element: () => kept.at } };
}

function binding(node: CelNode, name: string, value: CelNode, scope: Scope): Estimate {
  const { cost, ...bound } = estimate(value, scope);
  const [, , given] = node.args as [string, CelNode, CelNode[]];
  const result = given[2];
  const rest = result === undefined ? { cost: 0, size: 1 } : estimate(result, new Map([...scope, [name, bound]]));
  return { ...rest, cost: 10 + cost + rest.cost };
}
