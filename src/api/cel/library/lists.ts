import { type Environment, Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { addDurations } from '../arithmetic.ts';
import type { CelChecker, CelContext, CelEvaluator, CelNode } from '../ast.ts';
import { spend } from '../compile.ts';
import { faultAt, typeName } from '../errors.ts';
import { compareValues, sameValue } from '../values.ts';

const comparable = ['int', 'uint', 'double', 'string', 'bool', 'bytes', 'google.protobuf.Timestamp', 'google.protobuf.Duration'];

const isSorted = (list: readonly unknown[]): boolean =>
  list.every((item, index) => index === 0 || compareValues(list[index - 1], item) <= 0);

/** The least or greatest element; an empty list has none. */
const extreme = (name: string, sign: number) => (list: readonly unknown[]) => {
  if (list.length === 0) throw new RangeError(`${name} called on empty list`);
  return list.reduce((best, item) => (sign * compareValues(item, best) < 0 ? item : best));
};

function sum(list: readonly bigint[]): bigint {
  const total = list.reduce((one, item) => one + item, 0n);
  if (BigInt.asIntN(64, total) !== total) throw new RangeError('integer overflow');
  return total;
}

const indexOf = (list: readonly unknown[], value: unknown): bigint => BigInt(list.findIndex((item) => sameValue(item, value)));
const lastIndexOf = (list: readonly unknown[], value: unknown): bigint => BigInt(list.findLastIndex((item) => sameValue(item, value)));

class ListsNamespace {}

function slice(list: readonly unknown[], from: bigint, to: bigint): unknown[] {
  const fault = (text: string): RangeError => new RangeError(`cannot slice(${from}, ${to}), ${text}`);
  if (from < 0n || to < 0n) throw fault('negative indexes not supported');
  if (from > to) throw fault('start index must be less than or equal to end index');
  if (to > list.length) throw fault(`list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

function flatten(list: readonly unknown[], depth: bigint): unknown[] {
  if (depth < 0n) throw new RangeError('level must be non-negative');
  spend(list.length);
  return list.flatMap((item) => (Array.isArray(item) && depth > 0n ? flatten(item, depth - 1n) : [item]));
}

function range(count: bigint): bigint[] {
  if (count < 0n) throw new RangeError(`lists.range: size must be non-negative, got ${count}`);
  spend(Number(count));
  return Array.from({ length: Number(count) }, (_, index) => BigInt(index));
}

function distinct(list: readonly unknown[]): unknown[] {
  spend(list.length ** 2);
  return list.filter((item, index) => list.findIndex((other) => sameValue(other, item)) === index);
}

/** The list in the order of its keys. */
function sortedBy(list: readonly unknown[], keys: readonly unknown[]): unknown[] {
  spend(list.length ** 2);
  for (const key of keys) {
    compareValues(key, key);
    if (typeof key !== typeof keys[0]) throw new TypeError('list elements must have the same type');
  }
  return list
    .map((item, index) => ({ item, key: keys[index] }))
    .sort((a, b) => compareValues(a.key, b.key))
    .map(({ item }) => item);
}

interface SortBy {
  receiver: CelNode;
  bodies: CelNode[];
  names: [string];
  inner?: CelContext;
}

/** `list.sortBy(item, key)`: in the order of what the second argument gives for each item. */
function sortBy({ args, receiver }: { args: CelNode[]; receiver: CelNode }) {
  const [item, body] = args;
  if (item?.op !== 'id') throw new SyntaxError('argument must be a simple name');
  return {
    receiver,
    bodies: [body],
    names: [item.args as string],
    typeCheck(checker: CelChecker, self: SortBy, context: CelContext) {
      const list = checker.check(self.receiver, context);
      self.inner = context.forkWithVariable(self.names[0], list.valueType ?? checker.getType('dyn'));
      const key = checker.check(self.bodies[0] as CelNode, self.inner).name;
      if (key !== 'dyn' && !comparable.includes(key))
        throw faultAt(
          receiver.end + '.sortBy'.length,
          `found no matching overload for '@sortByAssociatedKeys' applied to '${typeName(list.name)}.(list(${typeName(key)}))'`,
        );
      return list;
    },
    evaluate(evaluator: CelEvaluator, self: SortBy, context: CelContext) {
      const list = evaluator.run(self.receiver, context) as unknown[];
      const { inner } = self as Required<SortBy>;
      const here = inner.reuse(context);
      return sortedBy(
        list,
        list.map((value) => evaluator.run(self.bodies[0] as CelNode, here.setIterValue(value, evaluator))),
      );
    },
  };
}

/** Kubernetes' list library and the parts of cel-go's that Kubernetes enables. */
export function registerLists(environment: Environment): void {
  for (const type of comparable) {
    environment
      .registerFunction(`list<${type}>.isSorted(): bool`, isSorted)
      .registerFunction(`list<${type}>.min(): ${type}`, extreme('min', 1))
      .registerFunction(`list<${type}>.max(): ${type}`, extreme('max', -1))
      .registerFunction(`list<${type}>.sort(): list<${type}>`, (list: unknown[]) => sortedBy(list, list));
  }
  environment
    .registerFunction('list<int>.sum(): int', sum)
    .registerFunction(
      'list<uint>.sum(): uint',
      (list: UnsignedInt[]) => new UnsignedInt(list.reduce((total, { value }) => total + value, 0n)),
    )
    .registerFunction('list<double>.sum(): double', (list: number[]) => list.reduce((sum, item) => sum + item, 0))
    .registerFunction('list<google.protobuf.Duration>.sum(): google.protobuf.Duration', (list: Duration[]) =>
      list.reduce(addDurations, new Duration(0n, 0)),
    )
    .registerFunction('list<A>._indexOf(A): int', indexOf)
    .registerFunction('list<A>._lastIndexOf(A): int', lastIndexOf)
    .registerFunction('list<A>.distinct(): list<A>', (list: unknown[]) => distinct(list))
    .registerFunction('list<A>.reverse(): list<A>', (list: unknown[]) => [...list].reverse())
    .registerFunction('list<A>.slice(int, int): list<A>', slice)
    .registerFunction('list<list<A>>.flatten(): list<A>', (list: unknown[]) => flatten(list, 1n))
    .registerFunction('list.flatten(int): list<dyn>', flatten)
    .registerFunction('list<A>.first(): optional<A>', (list: unknown[]) => Optional.of(list[0]))
    .registerFunction('list<A>.last(): optional<A>', (list: unknown[]) => Optional.of(list.at(-1)))
    .registerFunction('list.sortBy(ast, ast): list<dyn>', sortBy)
    .registerType('ListsNamespace', ListsNamespace)
    .registerConstant('lists', 'ListsNamespace', new ListsNamespace())
    .registerFunction('ListsNamespace.range(int): list<int>', (_lists: unknown, count: bigint) => range(count));
}
