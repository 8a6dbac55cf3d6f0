import { milliseconds } from '../cluster/config/values.ts';
import { ShoalError } from '../util/errors.ts';

/** A flag such as `90s` in milliseconds. Throws USAGE. */
export function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(text) ? milliseconds(text) : 0;
  if (ms <= 0) throw new ShoalError('USAGE', `"${text}" is not a duration`, { next: 'Write it with a unit, such as 90s or 5m.' });
  return ms;
}
