import type { Environment } from '@marcbachmann/cel-js';
import type { CelChecker, CelContext, CelEvaluator, CelNode, CelTypeDeclaration } from '../ast.ts';
import { faultAt, typeName } from '../errors.ts';

interface Given {
  args: CelNode[];
  receiver: CelNode;
}
interface Macro {
  receiver: CelNode;
  /** What is evaluated for each pair: a predicate, or a filter and a transformation. */
  bodies: CelNode[];
  names: [string, string];
  outer?: CelContext;
  inner?: CelContext;
}
type Pair = [unknown, unknown];
/** Evaluates the body at this place for the current pair. */
type Body = (index: number) => unknown;

interface Kind {
  result(types: readonly CelTypeDeclaration[], key: CelTypeDeclaration, checker: CelChecker): CelTypeDeclaration;
  run(pairs: Iterable<Pair>, body: (pair: Pair) => Body, bodies: number): unknown;
}

const bool: Kind['result'] = (_types, _key, checker) => checker.getType('bool');
const last = (types: readonly CelTypeDeclaration[], checker: CelChecker): CelTypeDeclaration => types.at(-1) ?? checker.getType('dyn');

const predicates: Record<string, Kind> = {
  all: { result: bool, run: (pairs, body) => quantify(pairs, body, false) },
  exists: { result: bool, run: (pairs, body) => quantify(pairs, body, true) },
  existsOne: {
    result: bool,
    run: (pairs, body) => [...pairs].filter((pair) => body(pair)(0) === true).length === 1,
  },
};
const transforms: Record<string, Kind> = {
  transformList: {
    result: (types, _key, checker) => checker.registry.getListType(last(types, checker)),
    run: (pairs, body, bodies) => kept(pairs, body, bodies).map(([, value]) => value),
  },
  transformMap: {
    result: (types, key, checker) => checker.registry.getMapType(key, last(types, checker)),
    run: (pairs, body, bodies) => new Map(kept(pairs, body, bodies)),
  },
  transformMapEntry: {
    result: (types, _key, checker) => last(types, checker),
    run: (pairs, body, bodies) => uniqueEntries(kept(pairs, body, bodies).flatMap(([, value]) => pairsOf(value))),
  },
};

/** Comprehensions over keys (or indexes) and values: cel-go's two-variable comprehensions. */
export function registerTwoVariableMacros(environment: Environment): void {
  for (const [name, kind] of Object.entries(predicates)) {
    const signature = name === 'existsOne' ? ['existsOne', 'exists_one'] : [name];
    for (const one of signature) environment.registerFunction(`list.${one}(ast, ast, ast): bool`, (given: Given) => macro(kind, given));
  }
  for (const [name, kind] of Object.entries(transforms)) {
    environment.registerFunction(`list.${name}(ast, ast, ast): dyn`, (given: Given) => macro(kind, given));
    environment.registerFunction(`list.${name}(ast, ast, ast, ast): dyn`, (given: Given) => macro(kind, given));
  }
}

const noRange = 'cannot be range of a comprehension (must be list, map, or dynamic)';

function macro(kind: Kind, { args, receiver }: Given) {
  const [key, value, ...bodies] = args;
  if (key?.op !== 'id' || value?.op !== 'id') throw new SyntaxError('argument must be a simple name');
  return {
    receiver,
    bodies,
    names: [key.args as string, value.args as string] as [string, string],
    typeCheck(checker: CelChecker, self: Macro, context: CelContext) {
      const over = checker.check(self.receiver, context);
      if (!['list', 'map', 'dyn'].includes(over.kind))
        throw faultAt(receiver.start, `expression of type '${typeName(over.name)}' ${noRange}`, receiver);
      const dyn = checker.getType('dyn');
      const keyType = over.kind === 'list' ? checker.getType('int') : (over.keyType ?? dyn);
      self.outer = context.forkWithVariable(self.names[0], keyType);
      const inner = self.outer.forkWithVariable(self.names[1], over.valueType ?? dyn);
      self.inner = inner;
      const types = self.bodies.map((body) => checker.check(body, inner));
      return kind.result(types, keyType, checker);
    },
    evaluate(evaluator: CelEvaluator, self: Macro, context: CelContext) {
      const { outer, inner } = self as Required<Macro>;
      const body = ([one, two]: Pair): Body => {
        const here = inner.reuse(outer.reuse(context).setIterValue(one, evaluator)).setIterValue(two, evaluator);
        return (index) => evaluator.run(self.bodies[index] as CelNode, here);
      };
      return kind.run(pairsOf(evaluator.run(self.receiver, context)), body, self.bodies.length);
    },
  };
}

function pairsOf(value: unknown): Pair[] {
  if (Array.isArray(value)) return value.map((item, index) => [BigInt(index), item]);
  if (value instanceof Map) return [...value];
  if (typeof value === 'object' && value?.constructor === Object) return Object.entries(value);
  throw new TypeError('no such overload');
}

/** A key that comes twice is an error. */
function uniqueEntries(pairs: readonly Pair[]): Map<unknown, unknown> {
  const entries = new Map<unknown, unknown>();
  for (const [key, value] of pairs) {
    if (entries.has(key)) throw new TypeError(`insert failed: key ${String(key)} already exists`);
    entries.set(key, value);
  }
  return entries;
}

/** An error counts only when no other pair decides. */
function quantify(pairs: Iterable<Pair>, body: (pair: Pair) => Body, decisive: boolean): boolean {
  let failure: unknown;
  for (const pair of pairs) {
    try {
      if (body(pair)(0) === decisive) return decisive;
    } catch (thrown) {
      failure ??= thrown;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

/** The pairs that pass the filter, where there is one, with their transformed values. */
function kept(pairs: Iterable<Pair>, body: (pair: Pair) => Body, bodies: number): Pair[] {
  const result: Pair[] = [];
  for (const pair of pairs) {
    const evaluate = body(pair);
    if (bodies === 1 || evaluate(0) === true) result.push([pair[0], evaluate(bodies - 1)]);
  }
  return result;
}
