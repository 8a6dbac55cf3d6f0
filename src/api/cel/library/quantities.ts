import type { Environment } from '@marcbachmann/cel-js';
import { addQuantity, compareQuantity, parseQuantity, type Quantity, quantityOf, subQuantity } from '../../quantity.ts';

class CelQuantity {
  readonly value: Quantity;
  constructor(value: Quantity) {
    this.value = value;
  }
  equals(other: CelQuantity): boolean {
    return compare(this, other) === 0;
  }
}

const parse = (text: string): CelQuantity => new CelQuantity(parseQuantity(text));

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** The greatest quantity, which stands for all that are greater. */
const cap = (2n ** 63n - 1n) * 1_000_000_000n;
const isInteger = ({ value: { nanos } }: CelQuantity): boolean => nanos % 1_000_000_000n === 0n && nanos < cap && nanos > -cap;
const compare = (a: CelQuantity, b: CelQuantity): number => compareQuantity(a.value, b.value);
/** Whole units exactly, as far as a double can say them. */
const approximately = ({ nanos }: Quantity): number =>
  nanos % 1_000_000_000n === 0n ? Number(nanos / 1_000_000_000n) : Number(nanos) / 1e9;
const type = 'kubernetes.Quantity';

/** Kubernetes' quantity library. */
export function registerQuantities(environment: Environment): void {
  environment
    .registerType(type, { ctor: CelQuantity, fields: {} })
    .registerFunction(`quantity(string): ${type}`, parse)
    .registerFunction('isQuantity(string): bool', isQuantity)
    .registerFunction(`sign(${type}): int`, ({ value }: CelQuantity) => (value.nanos > 0n ? 1n : value.nanos < 0n ? -1n : 0n))
    .registerFunction(`${type}.isInteger(): bool`, isInteger)
    .registerFunction(`${type}.asInteger(): int`, (quantity: CelQuantity) => {
      if (!isInteger(quantity)) throw new RangeError('cannot convert value to integer');
      return quantity.value.nanos / 1_000_000_000n;
    })
    .registerFunction(`${type}.asApproximateFloat(): double`, ({ value }: CelQuantity) => approximately(value))
    .registerFunction(`${type}.add(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => new CelQuantity(addQuantity(a.value, b.value)))
    .registerFunction(
      `${type}.add(int): ${type}`,
      (a: CelQuantity, b: bigint) => new CelQuantity(addQuantity(a.value, quantityOf(Number(b)))),
    )
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => new CelQuantity(subQuantity(a.value, b.value)))
    .registerFunction(
      `${type}.sub(int): ${type}`,
      (a: CelQuantity, b: bigint) => new CelQuantity(subQuantity(a.value, quantityOf(Number(b)))),
    )
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelQuantity, b: CelQuantity) => BigInt(Math.sign(compare(a, b))))
    .registerOperator(`${type} == ${type}`, (a: CelQuantity, b: CelQuantity) => a.equals(b));
}
