import type { Environment } from '@marcbachmann/cel-js';
import { spend } from '../compile.ts';
import { sameValue } from '../values.ts';

const has = (list: readonly unknown[], value: unknown): boolean => list.some((item) => sameValue(item, value));

function contains(list: readonly unknown[], sub: readonly unknown[]): boolean {
  spend(list.length * sub.length);
  return sub.every((item) => has(list, item));
}

class SetsNamespace {}

/** cel-go's sets extension: `sets.contains`, `sets.equivalent`, `sets.intersects`. */
export function registerSets(environment: Environment): void {
  environment
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction('SetsNamespace.contains(list<A>, list<A>): bool', (_sets: unknown, a: unknown[], b: unknown[]) => contains(a, b))
    .registerFunction(
      'SetsNamespace.equivalent(list<A>, list<A>): bool',
      (_sets: unknown, a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
    )
    .registerFunction('SetsNamespace.intersects(list<A>, list<A>): bool', (_sets: unknown, a: unknown[], b: unknown[]) => {
      spend(a.length * b.length);
      return a.some((item) => has(b, item));
    });
}
