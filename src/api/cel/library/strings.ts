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

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > characters.length) throw new RangeError(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

function replace(text: string, old: string, next: string, count = -1n): string {
  spend(text.length / 10);
  if (count < 0n) return text.replaceAll(old, () => next);
  const parts = text.split(old);
  const cut = Math.min(Number(count), parts.length - 1);
  return [parts.slice(0, cut + 1).join(next), ...parts.slice(cut + 1)].join(old);
}

function findAll(text: string, pattern: string, most = -1n): string[] {
  spend((text.length / 10 + 1) * (pattern.length / 4 + 1));
  return compileRegex(pattern).findAll(text, most < 0n ? Number.POSITIVE_INFINITY : Number(most));
}

class StringsNamespace {}

/** cel-go's strings extension where the library lacks it, and Kubernetes' regular expressions (`find`, `findAll`). */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string._matches(string): bool', matches)
    .registerFunction('_matches(string, string): bool', matches)
    .registerFunction('string._lowerAscii(): string', (text: string) => ascii(text, (part) => part.toLowerCase()))
    .registerFunction('string._upperAscii(): string', (text: string) => ascii(text, (part) => part.toUpperCase()))
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', replace)
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.format(list<dyn>): string', formatString)
    .registerType('StringsNamespace', StringsNamespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_strings: unknown, text: string) => JSON.stringify(text))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', findAll)
    .registerFunction('string.findAll(string, int): list<string>', findAll);
}
