/** `"%s is %d".format([a, b])` of cel-go's strings extension, version 2: the verbs s, d, f, e, b, o, x and X. */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { doubleText, durationText, timestampText } from './conversions.ts';

/** A place in a format for one argument. */
export interface Clause {
  verb: string;
  precision: number | undefined;
}

/** The literal texts and clauses of a format, in order. Throws in cel-go's words where it is none. `given`: how many arguments there are. */
export function parseFormat(format: string, given: number): (string | Clause)[] {
  const parts: (string | Clause)[] = [];
  let clauses = 0;
  for (let rest = format; rest !== ''; ) {
    if (!rest.startsWith('%') || rest.startsWith('%%')) {
      const text = rest.startsWith('%') ? '%' : (/^[^%]+/.exec(rest)?.[0] ?? '');
      parts.push(text);
      rest = rest.slice(rest.startsWith('%') ? 2 : text.length);
      continue;
    }
    if (rest === '%') throw new SyntaxError('unexpected end of string');
    if (clauses >= given) throw new RangeError(`index ${clauses} out of range`);
    clauses++;
    const [whole = '', dot, digits = '', verb] = /^%(?:(\.)(\d*))?(.)?/su.exec(rest) ?? [];
    const wrong = (why: string): SyntaxError => new SyntaxError(`could not parse formatting clause: ${why}`);
    if (verb === undefined) throw wrong('error while parsing precision: could not find end of precision specifier');
    if (dot !== undefined && digits === '') {
      throw wrong('error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax');
    }
    if (Number(digits) > mostDigits) {
      throw wrong(`error while parsing precision: precision ${digits} exceeds maximum allowed precision ${mostDigits}`);
    }
    if (!Object.hasOwn(verbs, verb)) throw wrong(`unrecognized formatting clause "${verb}"`);
    parts.push({ verb, precision: dot === undefined ? undefined : Number(digits) });
    rest = rest.slice(whole.length);
  }
  return parts;
}

/** cel-go's default. */
const mostDigits = 100;

export function formatString(text: string, args: readonly unknown[]): string {
  let next = 0;
  const show = (part: string | Clause): string => {
    if (typeof part === 'string') return part;
    const value = args[next++];
    const { takes, write } = verbs[part.verb] as Verb;
    const type = typeOf(value);
    if (!takes.types.includes(type) && !(takes === doubles && doubleNames.has(value))) throw new TypeError(misfit(part.verb, type));
    return write(value, part.precision);
  };
  return parseFormat(text, args.length).map(show).join('');
}

/** Why an argument of this type does not go with the verb; undefined where it does. */
export function clauseMisfit(verb: string, type: string): string | undefined {
  const { takes } = verbs[verb] as Verb;
  // Three texts stand for doubles that have no literal.
  return takes.types.includes(type) || (takes === doubles && type === 'string') ? undefined : misfit(verb, type);
}

const misfit = (verb: string, type: string): string => `error during formatting: ${verbs[verb]?.takes.rule}, was given ${type}`;

interface Taken {
  types: readonly string[];
  rule: string;
}
interface Verb {
  takes: Taken;
  write(value: unknown, precision: number | undefined): string;
}

const scalars = ['int', 'uint', 'double', 'bool', 'string', 'bytes'];
const texts: Taken = {
  types: [...scalars, 'null_type', 'type', 'google.protobuf.Timestamp', 'google.protobuf.Duration', 'list', 'map'],
  rule: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
};
const integers: Taken = { types: ['int', 'uint'], rule: 'decimal clause can only be used on integers' };
const doubles: Taken = { types: ['double'], rule: 'fixed-point clause can only be used on doubles' };
const hex: Verb['write'] = (value) => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : integer(value).toString(16);
};
const hexTypes: Taken = {
  types: ['int', 'uint', 'string', 'bytes'],
  rule: 'only integers, byte buffers, and strings can be formatted as hex',
};

const verbs: Record<string, Verb> = {
  s: { takes: texts, write: valueText },
  d: { takes: integers, write: (value) => integer(value).toString() },
  f: { takes: doubles, write: fixed },
  e: { takes: { ...doubles, rule: 'scientific clause can only be used on doubles' }, write: scientific },
  b: {
    takes: { types: ['int', 'uint', 'bool'], rule: 'only integers and bools can be formatted as binary' },
    write: (value) => (typeof value === 'boolean' ? String(Number(value)) : integer(value).toString(2)),
  },
  o: { takes: { ...integers, rule: 'octal clause can only be used on integers' }, write: (value) => integer(value).toString(8) },
  x: { takes: hexTypes, write: hex },
  X: { takes: hexTypes, write: (value, precision) => hex(value, precision).toUpperCase() },
};

const integer = (value: unknown): bigint => (value instanceof UnsignedInt ? value.value : (value as bigint));
/** Texts that stand for doubles that have no literal. */
const doubleNames = new Set<unknown>(['NaN', 'Infinity', '-Infinity']);

/** As English writes it: thousands apart. */
function fixed(value: unknown, precision = 6): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return endless(number);
  return number.toLocaleString('en-US', { minimumFractionDigits: precision, maximumFractionDigits: precision });
}

const endless = (number: number): string => (Number.isNaN(number) ? 'NaN' : number > 0 ? '∞' : '-∞');
const superscripts: Record<string, string> = { '-': '⁻', '+': '' };

/** As English writes it: `3.140000×10⁰⁰`. The precision is taken for the least width, as cel-go does. */
function scientific(value: unknown, width = 0): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return endless(number).padStart(width);
  const [digits = '', exponent = '+0'] = number.toExponential(6).split('e');
  const [sign = '', power = ''] = [exponent.slice(0, 1), exponent.slice(1).padStart(2, '0')];
  const above = `${superscripts[sign] ?? ''}${[...power].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
  return `${digits}×10${above}`.padStart(width);
}

/** The name of a value's type as messages say it. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null_type';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof UnsignedInt) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map || value.constructor === Object || value.constructor === undefined) return 'map';
  return value.constructor.name === 'Type' ? 'type' : value.constructor.name;
}

/** How `%s` shows a value. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  if (typeOf(value) === 'map') return mapText(value as object);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return doubleText(value);
  if (value instanceof Date) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  return String(value);
}

/** Within lists and maps values are written as CEL's literals. */
function literalText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `b${JSON.stringify(valueText(value))}`;
  if (value instanceof Date) return `timestamp("${timestampText(value)}")`;
  if (value instanceof Duration) return `duration("${durationText(value)}")`;
  if (typeof value === 'number') return Number.isFinite(value) ? value.toFixed(6) : JSON.stringify(doubleText(value));
  return valueText(value);
}

const mapText = (map: object): string =>
  `{${[...(map instanceof Map ? map : Object.entries(map))]
    .map(([key, value]) => [literalText(key), literalText(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}:${value}`)
    .join(', ')}}`;
