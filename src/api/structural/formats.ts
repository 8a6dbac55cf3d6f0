import { isIP } from 'node:net';
import { isGoDuration } from '../go-text.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { dnsLabel } from '../validation/formats.ts';

/** The string formats that upstream checks (apiextensions' supported formats). */
const formats: Record<string, (text: string) => boolean> = {
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  uri: (text) => text.startsWith('/') || (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text)),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes('.') && isAddress(text),
  ipv6: (text) => text.includes(':') && isAddress(text),
  cidr: isCidr,
  mac: (text) => /^([0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5,}|([0-9A-Fa-f]{4}\.){2,}[0-9A-Fa-f]{4})$/.test(text),
  uuid: uuid('[0-9a-f]'),
  uuid3: uuid('3'),
  uuid4: uuid('4', '[89ab]'),
  uuid5: uuid('5', '[89ab]'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]\d{2}[- ]\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: isRgbColor,
  byte: (text) => text !== '' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  password: () => true,
  date: (text) => /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: isDuration,
  'date-time': isDateTime,
  'k8s-short-name': (text) => dnsLabel(text).length === 0,
  'k8s-long-name': (text) => subdomainErrors(text).length === 0,
};

const normalized = (format: string): string => format.replaceAll('-', '');
const byName = new Map(Object.entries(formats).map(([name, test]) => [normalized(name), test]));

/** Whether `text` is as `format` says, written with dashes or without; undefined where nothing is known of such a format. */
export const matchesFormat = (format: string, text: string): boolean | undefined => byName.get(normalized(format))?.(text);

/** The formats that values of a type may have; a schema may name any other, and it means nothing. */
export function isKnownFormat(format: string, type = ''): boolean {
  if (type === '' || type === 'string') return byName.has(normalized(format));
  if (type === 'integer') return format === 'int32' || format === 'int64';
  return type === 'number' && (format === 'float' || format === 'double');
}

/** RFC 3339 in full: with seconds and a zone, whatever its letters' case. */
function isDateTime(text: string): boolean {
  const parts = /^(\d{4}-\d{2}-\d{2})t(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[-+]\d{2}:\d{2})$/i.exec(text);
  if (parts === null) return false;
  const [, day = '', hour = '', minute = '', second = ''] = parts;
  return matchesFormat('date', day) === true && hour <= '23' && minute <= '59' && second <= '59';
}

/** Octets may begin with zeros, as Go once took them; an IPv6 address has no zone. */
function isAddress(text: string): boolean {
  if (text.includes('%')) return false;
  const plain = text.replace(/(^|[.:])0+(?=\d+(?:\.|$))/g, (match, before: string) => (text.includes('.') ? before : match));
  return isIP(plain) !== 0;
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  return more.length === 0 && /^\d{1,3}$/.test(bits) && isAddress(address) && Number(bits) <= (address.includes(':') ? 128 : 32);
}

/** One label whose only dash follows its first character, or labels that end in a name of letters alone (strfmt's pattern). */
function isHostname(text: string): boolean {
  const labels = text.split('.');
  const last = labels.pop() ?? '';
  if (Buffer.byteLength(text) > 255 || [...labels, last].some((label) => Buffer.byteLength(label) > 63)) return false;
  if (labels.length === 0) return /^[\p{S}\p{L}0-9](?:-?[\p{S}\p{L}0-9]{0,62})$/u.test(last);
  return /^\p{L}{2,63}$/u.test(last) && labels.every((label) => /^[\p{S}\p{L}0-9](?:[-\p{S}\p{L}0-9]{0,61}[\p{S}\p{L}0-9])?$/u.test(label));
}

/** An address as a mail's header has it: alone, or in angle brackets after a name. */
function isEmail(text: string): boolean {
  const address = /^[^<>]*<([^<>]+)>$/.exec(text)?.[1] ?? text;
  return /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(address);
}

function isRgbColor(text: string): boolean {
  const parts = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
  return parts?.slice(1).every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0'))) === true;
}

const units = /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** What Go's time.ParseDuration takes, else any text that has a number with a unit in it (strfmt.ParseDuration). */
function isDuration(text: string): boolean {
  if (isGoDuration(text)) return true;
  return [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].some(([, unit = '']) => units.test(unit));
}

function uuid(version: string, variant = '[0-9a-f]'): (text: string) => boolean {
  const pattern = new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i');
  return (text) => pattern.test(text);
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, index) => sum + (digit === 'X' ? 10 : Number(digit)) * (10 - index), 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

/** Luhn's check. */
function isCreditCard(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
