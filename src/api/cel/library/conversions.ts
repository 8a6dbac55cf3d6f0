import type { Environment } from '@marcbachmann/cel-js';
import type { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { nanosecondsOf } from '../arithmetic.ts';

const billion = 1_000_000_000n;

/** As Go's strconv writes a float64 with format `g`: the shortest digits, in scientific form below 1e-4 and from 1e6 on. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** RFC 3339, without zeros at the end of the fraction. */
export const timestampText = (time: Date): string => time.toISOString().replace(/\.?0*Z$/, 'Z');

const secondsOf = (time: Date): bigint => BigInt(Math.floor(time.getTime() / 1000));

/** Conversions of cel-go's standard library that the library lacks. */
export function registerConversions(environment: Environment): void {
  const timestamp = 'google.protobuf.Timestamp';
  const duration = 'google.protobuf.Duration';
  const same = (value: unknown): unknown => value;
  environment
    .registerFunction('_string(string): string', same)
    .registerFunction('_string(bool): string', String)
    .registerFunction('_string(int): string', String)
    .registerFunction('_string(uint): string', String)
    .registerFunction('_string(double): string', doubleText)
    .registerFunction('_string(bytes): string', bytesText)
    .registerFunction(`_string(${timestamp}): string`, timestampText)
    .registerFunction(`_string(${duration}): string`, durationText)
    .registerFunction('int(uint): int', (value: UnsignedInt) => asInt(value.value))
    .registerFunction(`int(${timestamp}): int`, secondsOf)
    .registerFunction(`int(${duration}): int`, nanosecondsOf)
    .registerFunction(`timestamp(${timestamp}): ${timestamp}`, same)
    .registerFunction(`duration(${duration}): ${duration}`, same);
}

function asInt(value: bigint): bigint {
  if (value >= 2n ** 63n) throw new RangeError('integer overflow');
  return value;
}

function bytesText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TypeError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** In seconds: `5400s`, `-1.5s`. */
export function durationText(value: Duration): string {
  const all = nanosecondsOf(value);
  const size = all < 0n ? -all : all;
  const fraction = String(size % billion)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${all < 0n ? '-' : ''}${size / billion}${fraction === '' ? '' : `.${fraction}`}s`;
}
