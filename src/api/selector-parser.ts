/**
 * The grammar of label selectors as text: a comma list of `key`, `!key`, `key=v`, `key==v`, `key!=v`, `key in (a,b)`,
 * `key notin (a,b)`, `key>1`, `key<1`. Errors are worded as apimachinery's labels.Parser words them.
 */
import type { Operator, Requirement } from './labels.ts';
import { ApiError } from './status.ts';

interface Token {
  type: 'identifier' | 'end' | 'error' | 'in' | 'notin' | ')' | '(' | ',' | '!' | '=' | '==' | '!=' | '>' | '<';
  text: string;
}
const symbols = [')', '(', ',', '!', '==', '=', '!=', '>', '<'] as const;
const isSymbolChar = (char: string): boolean => '=!(),><'.includes(char);
const isSpace = (char: string): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n';

function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (isSpace(char)) at++;
    else if (isSymbolChar(char)) {
      const symbol = symbols.filter((candidate) => text.startsWith(candidate, at)).sort((a, b) => b.length - a.length)[0];
      if (symbol === undefined) throw bad(`error expected: keyword found '${char}'`);
      out.push({ type: symbol, text: symbol });
      at += symbol.length;
    } else {
      let end = at;
      while (end < text.length && !isSymbolChar(text.charAt(end)) && !isSpace(text.charAt(end))) end++;
      const word = text.slice(at, end);
      out.push({ type: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
      at = end;
    }
  }
  out.push({ type: 'end', text: '' });
  return out;
}

const bad = (text: string): ApiError => new ApiError('BadRequest', text);
const inRequirement = (text: string): ApiError => bad(`unable to parse requirement: ${text}`);

/** Parses the text; which keys and values are allowed is not checked here. Throws {@link ApiError} BadRequest. */
export function parseRequirements(text: string): Requirement[] {
  const all = tokens(text);
  let at = 0;
  /** Where a value is expected, the words `in` and `notin` are values. */
  const peek = (): Token => {
    const token = all[Math.min(at, all.length - 1)] as Token;
    return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', text: token.text } : token;
  };
  const take = (): Token => {
    const token = peek();
    at++;
    return token;
  };
  const takeOperator = (): Token => all[Math.min(at++, all.length - 1)] as Token;

  const exactValue = (): string[] => {
    if (peek().type === 'end' || peek().type === ',') return [''];
    const token = take();
    if (token.type !== 'identifier') throw inRequirement(`found '${token.text}', expected: identifier`);
    return [token.text];
  };
  const setValues = (): string[] => {
    const open = take();
    if (open.type !== '(') throw inRequirement(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    if (peek().type === ')') {
      take();
      // What stands in no parentheses is the empty text.
      return [''];
    }
    if (peek().type !== 'identifier' && peek().type !== ',') {
      throw inRequirement(`found '${peek().text}', expected: ',', ')' or identifier`);
    }
    for (;;) {
      const token = take();
      if (token.type === 'identifier') {
        values.add(token.text);
        const next = peek();
        if (next.type === ')') break;
        if (next.type !== ',') throw inRequirement(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.size === 0) values.add('');
        if (peek().type === ')') {
          values.add('');
          break;
        }
        if (peek().type === ',') {
          take();
          values.add('');
        }
      } else throw inRequirement(`found '${token.text}', expected: ',', or identifier`);
    }
    take();
    return [...values].sort();
  };
  const requirement = (): Requirement => {
    let absent = false;
    let key = take();
    if (key.type === '!') {
      absent = true;
      key = take();
    }
    if (key.type !== 'identifier') throw inRequirement(`found '${key.text}', expected: identifier`);
    if (absent) return { key: key.text, operator: '!', values: [] };
    if (peek().type === 'end' || peek().type === ',') return { key: key.text, operator: 'exists', values: [] };
    const operator = takeOperator();
    switch (operator.type) {
      case 'in':
      case 'notin':
        return { key: key.text, operator: operator.type, values: setValues() };
      case '=':
      case '==':
      case '!=':
        return { key: key.text, operator: operator.type, values: exactValue() };
      case '>':
      case '<':
        return { key: key.text, operator: (operator.type === '>' ? 'gt' : 'lt') satisfies Operator, values: exactValue() };
      default:
        throw inRequirement(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  };

  const out: Requirement[] = [];
  for (;;) {
    const first = peek();
    if (first.type === 'end') return out;
    if (first.type !== 'identifier' && first.type !== '!') throw bad(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    out.push(requirement());
    const next = take();
    if (next.type === 'end') return out;
    if (next.type !== ',') throw bad(`found '${next.text}', expected: ',' or 'end of string'`);
    if (peek().type !== 'identifier' && peek().type !== '!') throw bad(`found '${peek().text}', expected: identifier after ','`);
  }
}
