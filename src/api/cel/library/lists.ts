import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { sameValue } from '../values.ts';

type Comparable = bigint | number | string | boolean | Date | Duration;

const comparable = ['int', 'double', 'string', 'bool', 'google.protobuf.Timestamp', 'google.protobuf.Duration'];

function isSorted(list: readonly Comparable[]): boolean {
  return list.every((item, index) => index === 0 || (list[index - 1] as Comparable) <= item);
}

/** The least element by `before`; an empty list has none. */
const extreme = (name: string, before: (a: Comparable, b: Comparable) => boolean) => (list: readonly Comparable[]) => {
  if (list.length === 0) throw new RangeError(`${name} called on empty list`);
  return list.reduce((best, item) => (before(item, best) ? item : best));
};

const indexOf = (list: readonly unknown[], value: unknown): bigint => BigInt(list.findIndex((item) => sameValue(item, value)));
const lastIndexOf = (list: readonly unknown[], value: unknown): bigint => BigInt(list.findLastIndex((item) => sameValue(item, value)));

/** Kubernetes' list library and the parts of cel-go's that Kubernetes enables. */
export function registerLists(environment: Environment): void {
  for (const type of comparable) {
    environment
      .registerFunction(`list<${type}>.isSorted(): bool`, isSorted)
      .registerFunction(
        `list<${type}>.min(): ${type}`,
        extreme('min', (a, b) => a < b),
      )
      .registerFunction(
        `list<${type}>.max(): ${type}`,
        extreme('max', (a, b) => a > b),
      );
  }
  environment
    .registerFunction('list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n))
    .registerFunction('list<double>.sum(): double', (list: number[]) => list.reduce((sum, item) => sum + item, 0))
    .registerFunction('list<google.protobuf.Duration>.sum(): google.protobuf.Duration', (list: Duration[]) =>
      list.reduce((sum, item) => sum.addDuration(item), new Duration(0n, 0)),
    )
    .registerFunction('list<A>.indexOf(A): int', indexOf)
    .registerFunction('list<A>.lastIndexOf(A): int', lastIndexOf)
    .registerFunction('list<A>.distinct(): list<A>', (list: unknown[]) =>
      list.filter((item, index) => list.findIndex((other) => sameValue(other, item)) === index),
    )
    .registerFunction('list<A>.reverse(): list<A>', (list: unknown[]) => [...list].reverse())
    .registerFunction('list<A>.slice(int, int): list<A>', (list: unknown[], from: bigint, to: bigint) =>
      list.slice(Number(from), Number(to)),
    );
}
