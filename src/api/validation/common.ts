import { semanticEqual } from '../deep-equal.ts';
import { labelValueErrors, qualifiedNameErrors } from '../qualified-name.ts';
import { compareQuantity, QuantityError } from '../quantity.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../types/meta-v1.ts';
import { type Errors, forbidden, invalid, notSupported, required, tooLong } from './field-error.ts';
import { check, checkNumber, percent, portName, portNumber } from './formats.ts';

export const immutableMessage = 'field is immutable';
const negativeMessage = 'must be greater than or equal to 0';

/** Absent counts as zero, as in Go. */
export function* nonNegative(field: string, value: number | undefined): Errors {
  if ((value ?? 0) < 0) yield invalid(field, value, negativeMessage);
}

export function* immutable(field: string, value: unknown, old: unknown): Errors {
  if (!semanticEqual(value, old)) yield invalid(field, value, immutableMessage);
}

/** Required when empty, Unsupported when not one of `supported`. */
export function* oneOf(field: string, value: string | undefined, supported: readonly string[]): Errors {
  if (value === undefined || value === '') yield required(field);
  else if (!supported.includes(value)) yield notSupported(field, value, supported);
}
export function* optionalOneOf(field: string, value: string | undefined, supported: readonly string[]): Errors {
  if (value !== undefined && !supported.includes(value)) yield notSupported(field, value, supported);
}

export function* labels(field: string, values: Record<string, string> | undefined): Errors {
  for (const [key, value] of Object.entries(values ?? {})) {
    yield* check(field, key, qualifiedNameErrors);
    yield* check(field, value, labelValueErrors);
  }
}

const annotationBytes = 256 * 1024;
export function* annotations(field: string, values: Record<string, string> | undefined): Errors {
  let bytes = 0;
  for (const [key, value] of Object.entries(values ?? {})) {
    for (const problem of qualifiedNameErrors(key.toLowerCase())) yield invalid(field, key, problem);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > annotationBytes) yield tooLong(field, annotationBytes);
}

export function* labelSelector(field: string, selector: LabelSelector | undefined): Errors {
  if (selector === undefined) return;
  yield* labels(`${field}.matchLabels`, selector.matchLabels);
  for (const [i, requirement] of (selector.matchExpressions ?? []).entries()) {
    yield* selectorRequirement(`${field}.matchExpressions[${i}]`, requirement);
  }
}

function* selectorRequirement(field: string, { key, operator, values }: LabelSelectorRequirement): Errors {
  const count = values?.length ?? 0;
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) yield required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (count > 0) yield forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else yield invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator');
  yield* check(`${field}.key`, key ?? '', qualifiedNameErrors);
  for (const [i, value] of (values ?? []).entries()) yield* check(`${field}.values[${i}]`, value, labelValueErrors);
}

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  selector === undefined || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);

export function* portNumberOrName(field: string, port: number | string | undefined): Errors {
  if (typeof port === 'string') yield* check(field, port, portName);
  else yield* checkNumber(field, port ?? 0, portNumber);
}

/** A count, or a percentage as text. */
export function* countOrPercent(field: string, value: number | string | undefined): Errors {
  if (typeof value === 'string') yield* check(field, value, percent);
  else yield* nonNegative(field, value);
}
export function* atMostHundredPercent(field: string, value: number | string | undefined): Errors {
  const match = typeof value === 'string' ? /^([0-9]+)%$/.exec(value) : null;
  if (match !== null && Number(match[1]) > 100) yield invalid(field, value, 'must not be greater than 100%');
}
/** The number of an IntOrString, reading `25%` as 25. */
export const intOrPercentValue = (value: number | string | undefined): number =>
  typeof value === 'string' ? Number.parseInt(value, 10) || 0 : (value ?? 0);

/** `undefined` when either is not a quantity; the one at fault is reported by its own rule. */
export function compare(a: string | undefined, b: string | undefined): number | undefined {
  try {
    return compareQuantity(a, b);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
export function* nonNegativeQuantity(field: string, quantity: string): Errors {
  const sign = compare(quantity, '0');
  if (sign === undefined) yield invalid(field, quantity, 'must be a valid resource quantity');
  else if (sign < 0) yield invalid(field, quantity, negativeMessage);
}
export function* positiveQuantity(field: string, quantity: string): Errors {
  const sign = compare(quantity, '0');
  if (sign === undefined) yield invalid(field, quantity, 'must be a valid resource quantity');
  else if (sign <= 0) yield invalid(field, quantity, 'must be greater than zero');
}

/** Entries of a list that may be absent. */
export const entries = <T>(list: readonly T[] | undefined): IterableIterator<[number, T]> => (list ?? []).entries();
