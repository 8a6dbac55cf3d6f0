/**
 * Exact arithmetic on `resource.Quantity` (apimachinery pkg/api/resource). A quantity is a whole number of nano units, so
 * sums never drift; what is finer than a nano is rounded away from zero, what exceeds 2^63-1 is capped, as upstream does.
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  readonly nanos: bigint;
  /** How it is written: kept through arithmetic from the left operand. */
  readonly format: QuantityFormat;
}

/** Anything that stands for a quantity; `undefined` counts as zero. */
export type QuantityLike = Quantity | string | number | undefined;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
const MAX = (2n ** 63n - 1n) * NANO;
const zero: Quantity = { nanos: 0n, format: 'DecimalSI' };

export class QuantityError extends Error {}
const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The scheduler and quota parse the same few texts over and over. */
const parsed = new Map<string, Quantity>();
const cacheLimit = 10_000;

/** Parses `500m`, `1.5Gi`, `12e6`… Throws {@link QuantityError} with upstream's message. */
export function parseQuantity(value: QuantityLike): Quantity {
  if (value === undefined) return zero;
  if (typeof value === 'object') return value;
  const text = typeof value === 'string' ? value : String(value);
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const quantity = parse(text);
  if (parsed.size >= cacheLimit) parsed.clear();
  parsed.set(text, quantity);
  return quantity;
}

function parse(text: string): Quantity {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)$/.exec(text);
  if (match === null) throw new QuantityError(wrongFormat);
  const [, sign = '', whole = '', fraction = '', letters = '', digits = ''] = match;
  if (whole === '' && fraction === '') throw new QuantityError(wrongFormat);
  const { format, numerator, denominator } = scaleOf(letters, digits);
  const divisor = denominator * 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * numerator * NANO;
  const nanos = ceilDivide(scaled, divisor);
  return { nanos: (nanos > MAX ? MAX : nanos) * (sign === '-' ? -1n : 1n), format };
}

function scaleOf(letters: string, digits: string): { format: QuantityFormat; numerator: bigint; denominator: bigint } {
  if ((letters === 'e' || letters === 'E') && digits !== '') {
    const exponent = Number(digits);
    if (!Number.isInteger(exponent)) throw new QuantityError("unable to parse quantity's suffix");
    // Beyond this everything is the cap or below a nano whatever the digits in front.
    const bounded = BigInt(Math.max(-1000, Math.min(1000, exponent)));
    return bounded < 0n
      ? { format: 'DecimalExponent', numerator: 1n, denominator: 10n ** -bounded }
      : { format: 'DecimalExponent', numerator: 10n ** bounded, denominator: 1n };
  }
  const binary = binarySuffixes.indexOf(letters, 1);
  const decimal = decimalSuffixes.indexOf(letters);
  if (digits !== '' || (binary < 0 && decimal < 0)) throw new QuantityError("unable to parse quantity's suffix");
  if (binary > 0) return { format: 'BinarySI', numerator: 1024n ** BigInt(binary), denominator: 1n };
  return decimal < 3
    ? { format: 'DecimalSI', numerator: 1n, denominator: 1000n ** BigInt(3 - decimal) }
    : { format: 'DecimalSI', numerator: 1000n ** BigInt(decimal - 3), denominator: 1n };
}

/** Of a dividend that is not negative. */
const ceilDivide = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;
/** Away from zero, as Quantity.ScaledValue rounds. */
const divideAway = (nanos: bigint, divisor: bigint): bigint => (nanos < 0n ? -ceilDivide(-nanos, divisor) : ceilDivide(nanos, divisor));

/** The canonical text: the largest suffix of its format that leaves a whole number (`1024Mi` → `1Gi`, `0.5` → `500m`). */
export function formatQuantity(value: QuantityLike): string {
  const { nanos, format } = parseQuantity(value);
  if (nanos === 0n) return '0';
  const size = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) {
    let units = nanos / NANO;
    let step = 0;
    while (step < 6 && units % 1024n === 0n) {
      units /= 1024n;
      step++;
    }
    return `${units}${binarySuffixes[step]}`;
  }
  let units = nanos;
  let step = 0;
  while (step < 9 && units % 1000n === 0n) {
    units /= 1000n;
    step++;
  }
  if (format !== 'DecimalExponent') return `${units}${decimalSuffixes[step]}`;
  const exponent = (step - 3) * 3;
  return exponent === 0 ? `${units}` : `${units}e${exponent}`;
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantity(a: QuantityLike, b: QuantityLike): number {
  const left = parseQuantity(a).nanos;
  const right = parseQuantity(b).nanos;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A zero left operand takes the format of the right one, as Quantity.Add does. */
const formatFor = (a: Quantity, b: Quantity): QuantityFormat => (a.nanos === 0n ? b.format : a.format);

export function addQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return { nanos: left.nanos + right.nanos, format: formatFor(left, right) };
}

export function subQuantity(a: QuantityLike, b: QuantityLike): Quantity {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return { nanos: left.nanos - right.nanos, format: formatFor(left, right) };
}

export const isZeroQuantity = (value: QuantityLike): boolean => parseQuantity(value).nanos === 0n;

/** The value in whole units, rounded away from zero (Quantity.Value): bytes of memory, counts. */
export const quantityToNumber = (value: QuantityLike): number => Number(divideAway(parseQuantity(value).nanos, NANO));

/** The value in thousandths, rounded away from zero (Quantity.MilliValue): CPU. */
export const milliValue = (value: QuantityLike): number => Number(divideAway(parseQuantity(value).nanos, MILLI));

/** A quantity of so many whole units, written in `format`. */
export const quantityOf = (units: number, format: QuantityFormat = 'DecimalSI'): Quantity => ({ nanos: BigInt(units) * NANO, format });

/** A quantity of so many thousandths. */
export const milliQuantity = (thousandths: number): Quantity => ({ nanos: BigInt(thousandths) * MILLI, format: 'DecimalSI' });
