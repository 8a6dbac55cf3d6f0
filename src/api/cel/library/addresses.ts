import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';

/** An IP address in CEL; `text` is canonical. */
class CelIp {
  readonly text: string;
  readonly family: 4 | 6;
  constructor(text: string) {
    if (isIP(text) === 6 && mapped(text)) throw new TypeError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
    if (!isAddress(text)) {
      const quoted = JSON.stringify(text);
      throw new TypeError(`IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): unable to parse IP`);
    }
    this.family = isIPv4(text) ? 4 : 6;
    this.text = canonical(text);
  }
  equals({ text }: CelIp): boolean {
    return this.text === text;
  }
}

class CelCidr {
  readonly address: CelIp;
  readonly bits: number;
  readonly block = new BlockList();
  constructor(text: string) {
    const parsed = parseCidr(text);
    if (parsed === undefined)
      throw new TypeError(
        `network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
      );
    this.address = new CelIp(parsed.address);
    this.bits = parsed.bits;
    this.block.addSubnet(this.address.text, parsed.bits, familyOf(this.address));
  }
  equals(other: CelCidr): boolean {
    return cidrText(this) === cidrText(other);
  }
}

/** No zones and no IPv4-mapped IPv6, as upstream parses strictly. */
const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%') && !mapped(text);
const mapped = (text: string): boolean =>
  text.includes(':') && /^::ffff:\d+\.\d+/.test(new SocketAddress({ address: text, family: 'ipv6' }).address);
const familyOf = ({ family }: CelIp): 'ipv4' | 'ipv6' => (family === 4 ? 'ipv4' : 'ipv6');
const canonical = (text: string): string => new SocketAddress({ address: text, family: isIPv4(text) ? 'ipv4' : 'ipv6' }).address;

function parseCidr(text: string): { address: string; bits: number } | undefined {
  const match = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const [, address = '', bits = ''] = match ?? [];
  if (match === null || !isAddress(address) || Number(bits) > (isIPv4(address) ? 32 : 128)) return undefined;
  return { address, bits: Number(bits) };
}

const within = (subnet: string, bits: number) => {
  const block = new BlockList();
  const family = isIPv4(subnet) ? 'ipv4' : 'ipv6';
  block.addSubnet(subnet, bits, family);
  return (ip: CelIp): boolean => familyOf(ip) === family && block.check(ip.text, family);
};
const any =
  (...tests: ((ip: CelIp) => boolean)[]) =>
  (ip: CelIp): boolean =>
    tests.some((test) => test(ip));
const isUnspecified = (ip: CelIp): boolean => ip.text === '0.0.0.0' || ip.text === '::';
const isLoopback = any(within('127.0.0.0', 8), within('::1', 128));
const isLinkLocalMulticast = any(within('224.0.0.0', 24), within('ff02::', 16));
const isLinkLocalUnicast = any(within('169.254.0.0', 16), within('fe80::', 10));
const isMulticast = any(within('224.0.0.0', 4), within('ff00::', 8));
const isGlobalUnicast = (ip: CelIp): boolean =>
  ip.text !== '255.255.255.255' && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);

const covers = (cidr: CelCidr, ip: CelIp): boolean => ip.family === cidr.address.family && cidr.block.check(ip.text, familyOf(ip));

/** The network's first address. */
function masked({ address, bits }: CelCidr): CelCidr {
  const width = address.family === 4 ? 32n : 128n;
  const cleared = (toNumber(address) >> (width - BigInt(bits))) << (width - BigInt(bits));
  return new CelCidr(`${fromNumber(cleared, address.family)}/${bits}`);
}

function toNumber({ text, family }: CelIp): bigint {
  if (family === 4) return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return groups.reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
}

function fromNumber(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 65535n).toString(16)).join(':');
}

const cidrText = ({ address, bits }: CelCidr): string => `${address.text}/${bits}`;

/** Kubernetes' IP and CIDR libraries. */
export function registerAddresses(environment: Environment): void {
  const IP = 'net.IP';
  const CIDR = 'net.CIDR';
  environment
    .registerType(IP, { ctor: CelIp, fields: {} })
    .registerType(CIDR, { ctor: CelCidr, fields: {} })
    .registerFunction(`ip(string): ${IP}`, (text: string) => new CelIp(text))
    .registerFunction('isIP(string): bool', isAddress)
    .registerFunction(`_string(${IP}): string`, ({ text }: CelIp) => text)
    .registerFunction(`${IP}.family(): int`, ({ family }: CelIp) => BigInt(family))
    .registerFunction(`${IP}.isUnspecified(): bool`, isUnspecified)
    .registerFunction(`${IP}.isLoopback(): bool`, isLoopback)
    .registerFunction(`${IP}.isLinkLocalMulticast(): bool`, isLinkLocalMulticast)
    .registerFunction(`${IP}.isLinkLocalUnicast(): bool`, isLinkLocalUnicast)
    .registerFunction(`${IP}.isGlobalUnicast(): bool`, isGlobalUnicast)
    .registerOperator(`${IP} == ${IP}`, (a: CelIp, b: CelIp) => a.equals(b))
    .registerFunction(`cidr(string): ${CIDR}`, (text: string) => new CelCidr(text))
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction(`_string(${CIDR}): string`, cidrText)
    .registerFunction(`${CIDR}.ip(): ${IP}`, ({ address }: CelCidr) => address)
    .registerFunction(`${CIDR}.prefixLength(): int`, ({ bits }: CelCidr) => BigInt(bits))
    .registerFunction(`${CIDR}.masked(): ${CIDR}`, masked)
    .registerFunction(`${CIDR}.containsIP(${IP}): bool`, covers)
    .registerFunction(`${CIDR}.containsIP(string): bool`, (cidr: CelCidr, text: string) => covers(cidr, new CelIp(text)))
    .registerFunction(`${CIDR}.containsCIDR(${CIDR}): bool`, (a: CelCidr, b: CelCidr) => a.bits <= b.bits && covers(a, b.address))
    .registerFunction(`${CIDR}.containsCIDR(string): bool`, (a: CelCidr, text: string) => {
      const b = new CelCidr(text);
      return a.bits <= b.bits && covers(a, b.address);
    })
    .registerOperator(`${CIDR} == ${CIDR}`, (a: CelCidr, b: CelCidr) => a.equals(b));
  environment
    .registerType('IpNamespace', IpNamespace)
    .registerConstant('ip', 'IpNamespace', new IpNamespace())
    .registerFunction('IpNamespace.isCanonical(string): bool', (_ip: unknown, text: string) => new CelIp(text).text === text);
}

class IpNamespace {}
