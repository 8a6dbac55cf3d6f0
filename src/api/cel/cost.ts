/** What an expression may cost at worst, from the sizes that its variables may have (cel-go's static cost estimate, roughly). */
import { type CelNode, childrenOf, comprehensionOf } from './ast.ts';

/** How large a value may be: characters of a text, elements of a list or map. */
export interface CelSize {
  readonly size: number;
  field(name: string): CelSize;
  element(): CelSize;
}

/** Upstream's limits for one expression and for all of a schema. */
export const staticCostLimit = 10_000_000;
export const totalCostLimit = 100_000_000;

const scalar: CelSize = { size: 1, field: () => scalar, element: () => scalar };
const sized = (size: number, element: CelSize = scalar): CelSize => ({ size, field: () => scalar, element: () => element });

interface Estimate {
  cost: number;
  value: CelSize;
}

type Scope = ReadonlyMap<string, CelSize>;

export const estimateCost = (root: CelNode, variables: Record<string, CelSize>): number =>
  estimate(root, new Map(Object.entries(variables))).cost;

function estimate(node: CelNode, scope: Scope): Estimate {
  const comprehension = comprehensionOf(node);
  if (comprehension !== undefined) {
    const { iterable, init, step } = comprehension;
    const name = (comprehension as unknown as { iterVarName: string }).iterVarName;
    return loop(estimate(iterable, scope), estimate(init, scope).cost, (element) => estimate(step, new Map([...scope, [name, element]])));
  }
  const macro = node.meta.macro as { names?: [string, string]; bodies?: CelNode[]; receiver?: CelNode } | undefined;
  if (macro?.names !== undefined && macro.receiver !== undefined) {
    const [key, value] = macro.names;
    const bodies = macro.bodies ?? [];
    return loop(estimate(macro.receiver, scope), 0, (element) => {
      const inner = new Map([...scope, [key, scalar], [value, element]]);
      return { cost: bodies.reduce((sum, body) => sum + estimate(body, inner).cost, 0), value: scalar };
    });
  }
  if (node.meta.alternate !== undefined) return estimate(node.meta.alternate, scope);
  return simple(node, scope);
}

function loop(over: Estimate, start: number, step: (element: CelSize) => Estimate): Estimate {
  const once = step(over.value.element());
  return { cost: over.cost + start + over.value.size * (once.cost + 2), value: sized(over.value.size, once.value) };
}

function simple(node: CelNode, scope: Scope): Estimate {
  if (node.op === 'value') return { cost: 0, value: sized(typeof node.args === 'string' ? node.args.length : 1) };
  if (node.op === 'id') return { cost: 1, value: scope.get(node.args as string) ?? scalar };
  const parts = childrenOf(node).map((child) => estimate(child, scope));
  const cost = parts.reduce((sum, part) => sum + part.cost, 1);
  const first = parts[0]?.value ?? scalar;
  if (node.op === '.' || node.op === '.?') return { cost, value: first.field((node.args as [CelNode, string])[1]) };
  if (node.op === '[]' || node.op === '[?]') return { cost, value: first.element() };
  if (node.op === 'in') return { cost: cost + (parts[1]?.value.size ?? 1), value: scalar };
  const sizes = parts.reduce((sum, part) => sum + part.value.size, 0);
  if (node.op === '+') return { cost: cost + sizes / 10, value: sized(sizes, first.element()) };
  if (node.op === 'call' || node.op === 'rcall')
    return { cost: cost + callCost(node, parts), value: sized(Math.max(1, first.size), first.element()) };
  if (/^([=!]=|[<>]=?)$/.test(node.op)) return { cost: cost + Math.min(...parts.map((part) => part.value.size)) / 10, value: scalar };
  if (node.op === 'list') return { cost: cost + 10, value: sized(parts.length, first) };
  if (node.op === 'map') return { cost: cost + 30, value: sized(parts.length / 2, parts[1]?.value) };
  if (node.op === '?:')
    return {
      cost,
      value: (parts[1]?.value.size ?? 0) > (parts[2]?.value.size ?? 0) ? (parts[1]?.value ?? scalar) : (parts[2]?.value ?? scalar),
    };
  return { cost, value: scalar };
}

/** Constant for reads of a size or part; otherwise every character or element is looked at, by each of the pattern's. */
function callCost(node: CelNode, parts: readonly Estimate[]): number {
  const [name] = node.args as [string];
  const [receiver = 1, argument = 1] = parts.map((part) => part.value.size);
  if (/^(size|has|get\w*|value|hasValue|orValue|int|string|double|bool|dyn|type)$/.test(name)) return 1;
  if (/^_?(matches|find|findAll)$/.test(name)) return (receiver / 10 + 1) * (argument / 4 + 1);
  if (/^(contains|indexOf|lastIndexOf)$/.test(name)) return (receiver / 10) * Math.max(1, argument / 10);
  return receiver / 10;
}

export { sized as celSize };
