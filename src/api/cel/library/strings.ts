import type { Environment } from '@marcbachmann/cel-js';
import { spend } from '../compile.ts';
import { compileRegex } from '../regex.ts';
import { formatString } from './format-string.ts';

const ascii = (text: string, change: (part: string) => string): string => text.replace(/[A-Za-z]+/g, change);

/** Matching costs about the text times the pattern (upstream's cost estimator). */
function matches(text: string, pattern: string): boolean {
  spend((text.length / 10 + 1) * (pattern.length / 4 + 1));
  return compileRegex(pattern).test(text);
}

const outOfRange = (index: bigint): RangeError => new RangeError(`index out of range: ${index}`);

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > characters.length) throw outOfRange(index);
  return characters[Number(index)] ?? '';
}

/** Places are counted in characters, not in UTF-16 units. */
function substring(text: string, start: bigint, end?: bigint): string {
  const characters = [...text];
  if (end !== undefined && start > end) throw new RangeError(`invalid substring range. start: ${start}, end: ${end}`);
  for (const index of end === undefined ? [start] : [start, end]) if (index < 0n || index > characters.length) throw outOfRange(index);
  return characters.slice(Number(start), end === undefined ? undefined : Number(end)).join('');
}

const startsAt = (characters: readonly string[], part: readonly string[], index: number): boolean =>
  part.every((character, offset) => characters[index + offset] === character);

function indexOf(text: string, part: string, from = 0n): bigint {
  if (from < 0n) throw outOfRange(from);
  const [characters, wanted] = [[...text], [...part]];
  if (part === '') return from > characters.length ? BigInt(characters.length) : from;
  for (let index = Number(from); index <= characters.length - wanted.length; index++) {
    if (startsAt(characters, wanted, index)) return BigInt(index);
  }
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  if (from !== undefined && from < 0n) throw outOfRange(from);
  const [characters, wanted] = [[...text], [...part]];
  const length = BigInt(characters.length);
  if (part === '') return from === undefined || from > length ? length : from;
  // Beyond the text nothing is found, where the empty text is.
  if (from !== undefined && from >= length) return -1n;
  for (let index = Math.min(Number(from ?? length), characters.length - wanted.length); index >= 0; index--) {
    if (startsAt(characters, wanted, index)) return BigInt(index);
  }
  return -1n;
}

/** Go's strings.SplitN: at most `most` parts, the last with all that is left; any number when it is negative. */
function split(text: string, separator: string, most = -1n): string[] {
  if (most === 0n) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (most < 0n || parts.length <= most) return parts;
  const kept = Number(most) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

/** Go's strings.Replace: the empty text is found before each character and at the end. */
function replace(text: string, old: string, next: string, count = -1n): string {
  spend(text.length / 10);
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const cut = count < 0n ? parts.length - 1 : Math.min(Number(count), parts.length - 1);
  return [parts.slice(0, cut + 1).join(next), ...parts.slice(cut + 1)].join(old);
}

/** What Go's unicode.IsSpace takes for white space, which is not quite JavaScript's. */
const space = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const around = new RegExp(`^${space}+|${space}+$`, 'g');

const quoted: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string =>
  `"${[...text.toWellFormed()].map((character) => (Object.hasOwn(quoted, character) ? quoted[character] : character)).join('')}"`;

function findAll(text: string, pattern: string, most = -1n): string[] {
  spend((text.length / 10 + 1) * (pattern.length / 4 + 1));
  return compileRegex(pattern).findAll(text, most < 0n ? Number.POSITIVE_INFINITY : Number(most));
}

class StringsNamespace {}

/** cel-go's strings extension and Kubernetes' regular expressions (`find`, `findAll`). What begins with `_` replaces the library's own. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string._matches(string): bool', matches)
    .registerFunction('_matches(string, string): bool', matches)
    .registerFunction('string._lowerAscii(): string', (text: string) => ascii(text, (part) => part.toLowerCase()))
    .registerFunction('string._upperAscii(): string', (text: string) => ascii(text, (part) => part.toUpperCase()))
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string._substring(int): string', substring)
    .registerFunction('string._substring(int, int): string', substring)
    .registerFunction('string._indexOf(string): int', indexOf)
    .registerFunction('string._indexOf(string, int): int', indexOf)
    .registerFunction('string._lastIndexOf(string): int', lastIndexOf)
    .registerFunction('string._lastIndexOf(string, int): int', lastIndexOf)
    .registerFunction('string._split(string): list<string>', split)
    .registerFunction('string._split(string, int): list<string>', split)
    .registerFunction('string._trim(): string', (text: string) => text.replace(around, ''))
    .registerFunction('string.replace(string, string): string', replace)
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.format(list<dyn>): string', formatString)
    .registerType('StringsNamespace', StringsNamespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_strings: unknown, text: string) => quote(text))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', findAll)
    .registerFunction('string.findAll(string, int): list<string>', findAll);
}
