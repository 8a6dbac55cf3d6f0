import type { Environment } from '@marcbachmann/cel-js';

/** https://semver.org, strict. */
const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

class CelSemver {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  constructor(text: string) {
    const match = pattern.exec(text);
    if (match === null)
      throw new TypeError(`semver parse error during conversion from string: Invalid character(s) found in ${JSON.stringify(text)}`);
    this.numbers = match.slice(1, 4).map(BigInt);
    this.pre = match[4]?.split('.') ?? [];
  }
  equals(other: CelSemver): boolean {
    return compare(this, other) === 0;
  }
}

function compare(a: CelSemver, b: CelSemver): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const numeric = [/^\d+$/.test(part), /^\d+$/.test(other)];
    if (numeric[0] && numeric[1]) return Math.sign(Number(part) - Number(other));
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return a.pre.length < b.pre.length ? -1 : 0;
}

/** `v1.2` → `1.2.0` when the expression asks for it. */
const normalized = (text: string, normalize: boolean): string => {
  if (!normalize) return text;
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? [];
  // A short version has nothing behind its numbers.
  if (rest !== '' && core.split('.').length < 3) return text;
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  return [...parts, '0', '0'].slice(0, Math.max(3, parts.length)).join('.') + rest;
};

const type = 'kubernetes.Semver';

/** Kubernetes' semantic version library. */
export function registerSemver(environment: Environment): void {
  const make = (text: string, normalize = false): CelSemver => new CelSemver(normalized(text, normalize));
  const valid = (text: string, normalize = false): boolean => pattern.test(normalized(text, normalize));
  const part = (index: number) => (version: CelSemver) => version.numbers[index] ?? 0n;
  environment
    .registerType(type, { ctor: CelSemver, fields: {} })
    .registerFunction(`semver(string): ${type}`, make)
    .registerFunction(`semver(string, bool): ${type}`, make)
    .registerFunction('isSemver(string): bool', valid)
    .registerFunction('isSemver(string, bool): bool', valid)
    .registerFunction(`${type}.major(): int`, part(0))
    .registerFunction(`${type}.minor(): int`, part(1))
    .registerFunction(`${type}.patch(): int`, part(2))
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) < 0)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) > 0)
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelSemver, b: CelSemver) => BigInt(compare(a, b)))
    .registerOperator(`${type} == ${type}`, (a: CelSemver, b: CelSemver) => a.equals(b));
}
