/** Durations and timestamps, exact to the nanosecond or millisecond and within cel-go's bounds. */
import { Duration } from '@marcbachmann/cel-js/evaluator';

const billion = 1_000_000_000n;
const million = 1_000_000n;

export const nanosecondsOf = ({ seconds, nanos }: Duration): bigint => seconds * billion + BigInt(nanos);

/** A duration has as many nanoseconds as fit in 64 bits. */
export function durationOf(nanoseconds: bigint): Duration {
  if (BigInt.asIntN(64, nanoseconds) !== nanoseconds) throw new RangeError('integer overflow');
  return new Duration(nanoseconds / billion, Number(nanoseconds % billion));
}

export const addDurations = (a: Duration, b: Duration): Duration => durationOf(nanosecondsOf(a) + nanosecondsOf(b));
export const subtractDurations = (a: Duration, b: Duration): Duration => durationOf(nanosecondsOf(a) - nanosecondsOf(b));

/** The years 1 to 9999. */
const [first, last] = [-62_135_596_800_000, 253_402_300_799_999];

export function moveTimestamp(time: Date, by: bigint): Date {
  const moved = time.getTime() + Number(by / million);
  if (moved > last || moved < first) throw new RangeError('timestamp overflow');
  return new Date(moved);
}

export const timeBetween = (a: Date, b: Date): Duration => durationOf(BigInt(a.getTime() - b.getTime()) * million);
