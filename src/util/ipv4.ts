/** IPv4 addresses as unsigned numbers. */
export interface Range {
  /** The network address. */
  base: number;
  /** How many addresses the block has, network and broadcast included. */
  size: number;
}

/** `10.96.0.1` → number; undefined for anything that is not exactly an IPv4 address. */
export function parseIPv4(text: string): number | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (found === null) return undefined;
  let value = 0;
  for (const part of found.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export const formatIPv4 = (value: number): string =>
  [value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value].map((part) => Math.floor(part) % 256).join('.');

/** `10.96.0.0/16` → its range; throws for what is no IPv4 CIDR. */
export function parseCIDR(text: string): Range {
  const [address = '', bits = ''] = text.split('/');
  const value = parseIPv4(address);
  const prefix = Number(bits);
  if (value === undefined || !/^\d{1,2}$/.test(bits) || prefix > 32) throw new TypeError(`${text} is not an IPv4 CIDR`);
  const size = 2 ** (32 - prefix);
  return { base: value - (value % size), size };
}
