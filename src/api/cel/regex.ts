/**
 * Regular expressions as Go's regexp reads them (RE2), for CEL's `matches` and for `pattern` in schemas. The engine here is
 * JavaScript's: leading flags, POSIX classes, Unicode classes and named groups are rewritten to its syntax.
 */
const posix: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const known = new Map<string, RegExp>();
/** Enough for every schema of a large cluster; CEL may make patterns at run time, which must not fill the memory. */
const mostKnown = 2000;

/** Throws `SyntaxError` for what is no regular expression. */
export function compileRegex(pattern: string): RegExp {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const compiled = compile(pattern);
  if (known.size >= mostKnown) known.clear();
  known.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RegExp {
  const lead = /^\(\?([imsU]+)\)/.exec(pattern);
  const flags = (lead?.[1] ?? '').replace('U', '');
  const source = pattern
    .slice(lead?.[0].length ?? 0)
    .replace(/\[:(\^?)(\w+):\]/g, (whole, _negated: string, name: string) => posix[name] ?? whole)
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\\([pP])([A-Z])(?!\w*\})/g, '\\$1{$2}');
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // The `u` mode refuses escapes that mean nothing, which Go's syntax allows for punctuation (`\-`, `\_`).
    return new RegExp(source, flags);
  }
}
