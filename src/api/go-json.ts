/** Says why a text is no JSON in the words of Go's encoding/json, which clients of upstream get to see. */

const endOfInput = 'unexpected end of JSON input';
const spaces = new Set([' ', '\t', '\r', '\n']);
const isDigit = (character: string): boolean => character >= '0' && character <= '9';

class Fault extends Error {}

/** How deep values may nest (encoding/json: maxNestingDepth). */
const deepest = 10_000;

interface Scan {
  text: string;
  at: number;
  depth: number;
}

/** Why `text` does not parse; undefined when it does. */
export function goSyntaxError(text: string): string | undefined {
  const scan: Scan = { text, at: 0, depth: 0 };
  try {
    value(scan);
    skipSpaces(scan);
    if (scan.at < text.length) unexpected(scan, 'after top-level value');
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.message;
    if (thrown instanceof RangeError) return 'exceeded max depth';
    throw thrown;
  }
}

function skipSpaces(scan: Scan): void {
  while (spaces.has(scan.text[scan.at] ?? '')) scan.at++;
}

/** The next character that is no space, which is not taken. */
function peek(scan: Scan): string {
  skipSpaces(scan);
  const character = scan.text[scan.at];
  if (character === undefined) throw new Fault(endOfInput);
  return character;
}

function unexpected(scan: Scan, where: string): never {
  const character = scan.text[scan.at];
  if (character === undefined) throw new Fault(endOfInput);
  throw new Fault(`invalid character ${quoted(character)} ${where}`);
}

/** Go looks at bytes, so a character beyond ASCII shows as the first of its bytes. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const first = Buffer.from(character)[0] ?? 0;
  if (first >= 0x80) return `'${String.fromCharCode(first)}'`;
  const text = JSON.stringify(character).slice(1, -1);
  return `'${/^\\u00/.test(text) ? `\\x${text.slice(4)}` : text}'`;
}

function value(scan: Scan): void {
  const first = peek(scan);
  if (first === '{' || first === '[') {
    if (++scan.depth > deepest) throw new Fault('exceeded max depth');
    scan.at++;
    if (first === '{') members(scan);
    else elements(scan);
    scan.depth--;
  } else if (first === '"') string(scan);
  else if (first === '-' || isDigit(first)) number(scan);
  else if (first === 't' || first === 'f' || first === 'n') literal(scan, first === 't' ? 'true' : first === 'f' ? 'false' : 'null');
  else unexpected(scan, 'looking for beginning of value');
}

function members(scan: Scan): void {
  if (peek(scan) === '}') {
    scan.at++;
    return;
  }
  for (;;) {
    if (peek(scan) !== '"') unexpected(scan, 'looking for beginning of object key string');
    string(scan);
    if (peek(scan) !== ':') unexpected(scan, 'after object key');
    scan.at++;
    value(scan);
    const next = peek(scan);
    if (next !== ',' && next !== '}') unexpected(scan, 'after object key:value pair');
    scan.at++;
    if (next === '}') return;
  }
}

function elements(scan: Scan): void {
  if (peek(scan) === ']') {
    scan.at++;
    return;
  }
  for (;;) {
    value(scan);
    const next = peek(scan);
    if (next !== ',' && next !== ']') unexpected(scan, 'after array element');
    scan.at++;
    if (next === ']') return;
  }
}

function string(scan: Scan): void {
  const { text } = scan;
  for (scan.at++; text[scan.at] !== '"'; scan.at++) {
    const character = text[scan.at];
    if (character === undefined || character < ' ') unexpected(scan, 'in string literal');
    if (character !== '\\') continue;
    scan.at++;
    if (text[scan.at] === 'u') {
      for (let digits = 0; digits < 4; digits++) {
        scan.at++;
        if (!/^[0-9a-fA-F]$/.test(text[scan.at] ?? '')) unexpected(scan, 'in \\u hexadecimal character escape');
      }
    } else if (!'bfnrt\\/"'.includes(text[scan.at] ?? ' ')) unexpected(scan, 'in string escape code');
  }
  scan.at++;
}

function digits(scan: Scan, where: string): void {
  if (!isDigit(scan.text[scan.at] ?? '')) unexpected(scan, where);
  while (isDigit(scan.text[scan.at] ?? '')) scan.at++;
}

function number(scan: Scan): void {
  const { text } = scan;
  if (text[scan.at] === '-') scan.at++;
  if (text[scan.at] === '0') scan.at++;
  else digits(scan, 'in numeric literal');
  if (text[scan.at] === '.') {
    scan.at++;
    digits(scan, 'after decimal point in numeric literal');
  }
  if (text[scan.at] !== 'e' && text[scan.at] !== 'E') return;
  scan.at++;
  if (text[scan.at] === '+' || text[scan.at] === '-') scan.at++;
  digits(scan, 'in exponent of numeric literal');
}

function literal(scan: Scan, word: string): void {
  for (const expected of word) {
    if (scan.text[scan.at] !== expected) unexpected(scan, `in literal ${word} (expecting '${expected}')`);
    scan.at++;
  }
}
