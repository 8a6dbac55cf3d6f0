import { milliValue, parseQuantity } from '../../api/quantity.ts';
import { parseIPv4 } from '../../util/ipv4.ts';

const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `1m30s` → 90000. The schema has checked the form. */
export const milliseconds = (text: string): number =>
  [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)].reduce((sum, [, number, name]) => sum + Number(number) * unit[name as keyof typeof unit], 0);

/** A number of cores or bytes from a number or a Kubernetes quantity (`1500m`, `1Gi`); undefined when it is neither. */
export function amount(value: number | string): number | undefined {
  try {
    const number = Number(milliValue(parseQuantity(String(value)))) / 1000;
    return number > 0 ? number : undefined;
  } catch {
    return undefined;
  }
}

export interface Cidr {
  first: number;
  last: number;
  bits: number;
}

/** `10.244.0.0/16` as a range of addresses; undefined when it is not an IPv4 network. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', mask = ''] = text.split('/');
  const bits = Number(mask);
  const number = parseIPv4(address);
  if (number === undefined || !/^\d+$/.test(mask) || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  if (number % size !== 0) return undefined;
  return { first: number, last: number + size - 1, bits };
}

export const overlap = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;
