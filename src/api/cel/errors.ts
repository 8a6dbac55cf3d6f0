/** The library's errors in the words of cel-go, which users and tests of Kubernetes know. */
import type { CelNode } from './ast.ts';

interface LibraryError {
  code?: string;
  summary?: string;
  message: string;
  range?: { start: number };
  /** Where in the tree, or where in the text when there is no tree yet. */
  node?: object | undefined;
}

/** Whether a function of that name is known at all, with other arguments. */
type IsFunction = (name: string) => boolean;

const operators: Record<string, string> = { '!': '!_', in: '@in', '-': '_-_' };

/** A type in cel-go's words. */
export const typeName = (name: string): string =>
  name
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replace(/\boptional\b/g, 'optional_type')
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration');

const noOverload = (name: string, given: string): string => `found no matching overload for '${name}' applied to '${typeName(given)}'`;

/** What the parser expects where an operand is missing. */
const operands = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** What is wrong with an expression that does not compile: `undefined field 'x'`, `Syntax error: …`. */
function compileSummary(error: LibraryError, isFunction: IsFunction): string {
  const { code, summary, message } = error;
  const node = nodeOf(error);
  const text = summary ?? message;
  const variable = /^Unknown variable: (.*)$/s.exec(text)?.[1];
  if (variable !== undefined) return undeclared(variable);
  if (code === 'no_such_key') return `undefined field '${text.replace('No such key: ', '')}'`;
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(text);
  if (binary !== null) {
    const [, left = '', operator = '', right = ''] = binary;
    return noOverload(operators[operator] ?? `_${operator}_`, `(${left}, ${right})`);
  }
  const unary = /^no such overload: ([!-])(.+)$/.exec(text);
  if (unary !== null) return noOverload(`${unary[1]}_`, `(${unary[2]})`);
  const branches = /^Ternary branches must have the same type, got '(.+)' and '(.+)'$/.exec(text);
  if (branches !== null) return noOverload('_?_:_', `(bool, ${branches[1]}, ${branches[2]})`);
  if (code === 'invalid_index_type' && node?.op === '[]') {
    const [list, index] = node.args as [CelNode, CelNode];
    return noOverload('_[_]', `(${list.checkedType?.name ?? 'dyn'}, ${index.checkedType?.name ?? 'dyn'})`);
  }
  const call = /^found no matching overload for '(?:(.+)\.)?_?(\w+)\((.*)\)'$/.exec(text);
  if (call !== null) {
    const [, receiver, name = '', given = ''] = call;
    if (!isFunction(name)) return undeclared(name);
    return noOverload(name, `${receiver === undefined ? '' : `${receiver}.`}(${given})`);
  }
  const operand = /^Logical operator requires bool operands, got '(.*)'$/.exec(text)?.[1];
  if (operand !== undefined) return `expected type 'bool' but found '${typeName(operand)}'`;
  const range = /^Expression of type '(.*)' cannot be range of a comprehension (.*)\.$/.exec(text);
  if (range !== null) return `expression of type '${typeName(range[1] ?? '')}' cannot be range of a comprehension ${range[2]}`;
  const scalar = /^Cannot index type '(.*)'$/.exec(text)?.[1];
  if (scalar !== undefined) return `type '${typeName(scalar)}' does not support field selection`;
  if (code !== undefined && /^(unexpected|unterminated|invalid_.*(escape|literal|number|token)|parse|expected)/.test(code)) {
    return `Syntax error: ${text.replace('Unexpected token: EOF', `mismatched input '<EOF>' expecting ${operands}`)}`;
  }
  return text;
}

const nodeOf = ({ node }: LibraryError): CelNode | undefined => (node !== undefined && 'op' in node ? (node as CelNode) : undefined);

const undeclared = (name: string): string => `undeclared reference to '${name}' (in container '')`;

/** An error that {@link compileMessage} shows at a place in the text. */
export const faultAt = (start: number, message: string, node?: CelNode): Error =>
  Object.assign(new Error(message), { node, range: { start } });

/** Where cel-go sees the fault: at the operator, the dot before a field or the bracket of a call. */
function placeOf(expression: string, error: LibraryError): number {
  const node = nodeOf(error);
  const start = error.range?.start ?? node?.start ?? 0;
  if (node === undefined) return start;
  const [first] = Array.isArray(node.args) ? (node.args as unknown[]) : [];
  const from = (at: number, wanted: string): number => Math.max(expression.indexOf(wanted, at), start);
  if (node.op === 'call') return from(node.start, '(');
  if (node.op === 'rcall') {
    const [name, receiver] = node.args as [string, CelNode];
    return from(expression.indexOf(name, receiver.end), '(');
  }
  if (node.op === '.' || node.op === '.?') return expression.lastIndexOf('.', start);
  if (node.op === '[]' && isNodeLike(first)) return from(first.end, '[');
  if (error.code === 'invalid_logical_operand') return wrongOperand(node)?.start ?? start;
  if (node.op === '?:' && isNodeLike(first)) return from(first.end, '?');
  if (/^([=!<>]=|[<>+*/%-]|in|&&|\|\|)$/.test(node.op) && isNodeLike(first)) return from(first.end, node.op);
  return start;
}

/** The operand of `&&` or `||` that is no bool. */
const wrongOperand = ({ args }: CelNode): CelNode | undefined =>
  (args as CelNode[]).find(({ checkedType }) => checkedType !== undefined && !['bool', 'dyn'].includes(checkedType.name));

const isNodeLike = (value: unknown): value is CelNode => typeof value === 'object' && value !== null && 'end' in value;

/** `ERROR: <input>:1:5: undefined field 'x'` with the line and a mark below it. */
export function compileMessage(expression: string, error: LibraryError, isFunction: IsFunction): string {
  const before = expression.slice(0, placeOf(expression, error)).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = expression.split('\n')[before.length - 1] ?? '';
  const place = `<input>:${before.length}:${column + 1}`;
  return `ERROR: ${place}: ${compileSummary(error, isFunction)}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** Which types have an operator at all; of others cel-go says which one there is not. */
const arithmetic = ['int', 'uint', 'double', 'google.protobuf.Timestamp', 'google.protobuf.Duration', 'string'];
const operandTypes: Record<string, readonly string[]> = {
  '+': [...arithmetic, 'bytes', 'list'],
  '-': arithmetic,
  '*': arithmetic,
  '/': arithmetic,
  '%': arithmetic.filter((type) => type !== 'double'),
};
const comparedTypes = [...arithmetic, 'bytes', 'bool'];

/** What the library says at run time, and cel-go's words for it. */
const runtimeWords: [RegExp, (match: RegExpExecArray) => string][] = [
  [/^No such key: index out of bounds, index (-?\d+)/, ([, index]) => `index out of bounds: ${index}`],
  [
    /^no such overload: (?:dyn<)?([\w.]+)\S*(?: \S+)*? ([-+*/%]|[<>]=?) /,
    ([, left = '', operator = '']) =>
      (operandTypes[operator] ?? comparedTypes).includes(left) ? 'no such overload' : `no such overload: _${operator}_`,
  ],
  [/^(no such overload|found no matching overload|Logical operator requires|Ternary condition must)/, () => 'no such overload'],
  [/^(int|uint|double)\(\) type error: cannot convert/, ([, type = '']) => badConversion(type)],
  [/^bool\(\) conversion error/, () => badConversion('bool')],
  [/^Invalid duration string/, () => badConversion('google.protobuf.Duration')],
  [/^timestamp\(\) requires a string/, () => badConversion('google.protobuf.Timestamp')],
  [/^\w+\(\) type error: (\w+ ?integer overflow|integer overflow)/, ([, overflow = '']) => overflow],
  [/^(unsigned )?integer overflow/i, ([overflow]) => overflow.toLowerCase()],
  [/^modulo by zero/, () => 'modulus by zero'],
  [/^Optional value is not present/, () => 'optional.none() dereference'],
  [/^Invalid time zone specified: (.*)$/s, ([, zone]) => `unknown time zone ${zone}`],
];

const badConversion = (type: string): string => `type conversion error from 'string' to '${type}'`;

/** What went wrong while an expression ran: `no such key: x`, `division by zero`. */
export function evaluationMessage({ summary, message }: LibraryError): string {
  const text = summary ?? message;
  for (const [pattern, words] of runtimeWords) {
    const match = pattern.exec(text);
    if (match !== null) return words(match);
  }
  return text.replace(/^No such key: index/, 'index').replace(/^No such key/, 'no such key');
}
