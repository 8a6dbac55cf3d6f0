/**
 * Mutations write objects as `Object.spec{replicas: 1}` and `JSONPatch{op: "add", …}`. The parser knows no such literals,
 * so they are turned into maps before it sees them: what the type name says, the place in the expression says as well.
 */
const typeName = /^(?:Object(?:\.[A-Za-z_][A-Za-z0-9_]*)*|JSONPatch)\s*\{/;
const field = /^(\s*)\??\s*(`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)(\s*):/;
const text = /^(?:[rR]?"""[\s\S]*?"""|[rR]?'''[\s\S]*?'''|[rR]"[^"]*"|[rR]'[^']*'|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')/;
const word = /^[A-Za-z_][A-Za-z0-9_]*/;
const comment = /^\/\/[^\n]*/;

export interface Literals {
  /** The expression with its object literals as map literals. Optional fields become fields whose value is an optional. */
  text: string;
  /** The type of the literal that the expression begins with: `Object`, `Object.spec`. */
  first: string | undefined;
  /** What is wrong with the first literal whose type is not that of the field it is for. */
  mismatch: string | undefined;
}

/** What an open bracket belongs to. */
interface Open {
  /** The type of an object literal; empty for other brackets. */
  type: string;
  list: boolean;
  /** The field whose value is being written. */
  field: string;
}

export function literalsOf(expression: string): Literals {
  let out = '';
  let rest = expression;
  let first: string | undefined;
  let mismatch: string | undefined;
  const open: Open[] = [];
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
      const [whole, before = '', quoted = '', after = ''] = named;
      take(whole.length);
      const name = quoted.replaceAll('`', '');
      out += `${before}${JSON.stringify(name)}${after}:`;
      const object = open.at(-1);
      if (object !== undefined) object.field = name;
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
      const type = take(object[0].length).replace(/\s*\{$/, '');
      if (out.trim() === '') first = type;
      mismatch ??= misplaced(type, open);
      out += '{';
      open.push({ type, list: false, field: '' });
      fieldMayFollow = true;
      continue;
    }
    const identifier = word.exec(rest);
    const character = take(identifier?.[0].length ?? 1);
    out += character;
    if (identifier === null && /\s/.test(character)) continue;
    afterDot = character === '.';
    fieldMayFollow = character === ',' && (open.at(-1)?.type ?? '') !== '';
    if (/^[{[(]$/.test(character)) open.push({ type: '', list: character === '[', field: '' });
    if (/^[}\])]$/.test(character)) open.pop();
  }
  return { text: out, first, mismatch };
}

/** Upstream: ObjectVal.CheckTypeNamesMatchFieldPathNames. */
function misplaced(type: string, open: readonly Open[]): string | undefined {
  const around = open.findLast(({ list }) => !list);
  if (around === undefined || !around.type.startsWith('Object')) return undefined;
  const expected = `${around.type}.${around.field}`;
  if (type === expected) return undefined;
  return `unexpected type name ${JSON.stringify(type)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`;
}
