/**
 * Mutations write objects as `Object.spec{replicas: 1}` and `JSONPatch{op: "add", …}`. The parser knows no such literals,
 * so they are turned into maps before it sees them: what the type name says, the place in the expression says as well.
 */
const typeName = /^(?:Object(?:\.[A-Za-z_][A-Za-z0-9_]*)*|JSONPatch)\s*\{/;
const field = /^(\s*)\??\s*(`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)(\s*):/;
const text = /^(?:[rR]?"""[\s\S]*?"""|[rR]?'''[\s\S]*?'''|[rR]"[^"]*"|[rR]'[^']*'|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')/;
const word = /^[A-Za-z_][A-Za-z0-9_]*/;
const comment = /^\/\/[^\n]*/;

/** The expression with its object literals as map literals. Optional fields become fields whose value is an optional. */
export function withMapLiterals(expression: string): string {
  let out = '';
  let rest = expression;
  /** What each open bracket belongs to. */
  const open: ('object' | 'other')[] = [];
  let fieldMayFollow = false;
  let afterDot = false;
  const take = (length: number): string => {
    const taken = rest.slice(0, length);
    rest = rest.slice(length);
    return taken;
  };
  while (rest !== '') {
    const named = fieldMayFollow ? field.exec(rest) : null;
    if (named !== null) {
      const [whole, before = '', name = '', after = ''] = named;
      take(whole.length);
      out += `${before}${JSON.stringify(name.replaceAll('`', ''))}${after}:`;
      fieldMayFollow = false;
      continue;
    }
    const literal = text.exec(rest) ?? comment.exec(rest);
    if (literal !== null) {
      out += take(literal[0].length);
      fieldMayFollow = false;
      continue;
    }
    const object = afterDot ? null : typeName.exec(rest);
    if (object !== null) {
      take(object[0].length);
      out += '{';
      open.push('object');
      fieldMayFollow = true;
      continue;
    }
    const identifier = word.exec(rest);
    const character = take(identifier?.[0].length ?? 1);
    out += character;
    if (identifier === null && /\s/.test(character)) continue;
    afterDot = character === '.';
    fieldMayFollow = character === ',' && open.at(-1) === 'object';
    if (/^[{[(]$/.test(character)) open.push('other');
    if (/^[}\])]$/.test(character)) open.pop();
  }
  return out;
}
