/** The library's errors in the words of cel-go, which users and tests of Kubernetes know. */
interface LibraryError {
  code?: string;
  summary?: string;
  message: string;
  range?: { start: number };
}

const operators: Record<string, string> = { '!': '!_', in: '@in', '-': '_-_' };

const typeName = (name: string): string => name.replaceAll('<', '(').replaceAll('>', ')').replaceAll('null', 'null_type');

/** What is wrong with an expression that does not compile: `undefined field 'x'`, `Syntax error: …`. */
function compileSummary({ code, summary, message }: LibraryError): string {
  const text = summary ?? message;
  const variable = /^Unknown variable: (.*)$/s.exec(text)?.[1];
  if (variable !== undefined) return `undeclared reference to '${variable}' (in container '')`;
  if (code === 'no_such_key') return `undefined field '${text.replace('No such key: ', '')}'`;
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(text);
  if (binary !== null) {
    const [, left = '', operator = '', right = ''] = binary;
    return `found no matching overload for '${operators[operator] ?? `_${operator}_`}' applied to '(${typeName(left)}, ${typeName(right)})'`;
  }
  const call = /^found no matching overload for '(?:(.+)\.)?_?(\w+)\((.*)\)'$/.exec(text);
  if (call !== null) {
    const [, receiver, name = '', given = ''] = call;
    const target = receiver === undefined ? '' : `${typeName(receiver)}.`;
    return `found no matching overload for '${name}' applied to '${target}(${typeName(given)})'`;
  }
  const scalar = /^Cannot index type '(.*)'$/.exec(text)?.[1];
  if (scalar !== undefined) return `type '${typeName(scalar)}' does not support field selection`;
  if (code !== undefined && /^(unexpected|unterminated|invalid_.*(escape|literal|number|token)|parse|expected)/.test(code)) {
    return `Syntax error: ${text.replace('Unexpected token: EOF', "mismatched input '<EOF>'")}`;
  }
  return text;
}

/** `ERROR: <input>:1:6: undefined field 'x'` with the line and a mark below it. */
export function compileMessage(expression: string, error: LibraryError): string {
  const at = error.range?.start ?? 0;
  const before = expression.slice(0, at).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = expression.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${compileSummary(error)}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** What went wrong while an expression ran: `no such key: x`, `division by zero`. */
export function evaluationMessage({ summary, message }: LibraryError): string {
  const text = summary ?? message;
  const index = /^No such key: index out of bounds, index (-?\d+)/.exec(text)?.[1];
  if (index !== undefined) return `index out of bounds: ${index}`;
  if (/^(no such overload|found no matching overload)/.test(text)) return 'no such overload';
  return text.replace(/^No such key: index/, 'index').replace(/^No such key/, 'no such key');
}
