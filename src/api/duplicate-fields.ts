/** Finds what JSON.parse hides: keys that occur twice in one object. */

/** Paths (`spec.replicas`, `spec.containers[0].name`) of duplicate keys in `raw`, which parsed to `value`. */
export function duplicateFields(raw: Buffer, value: unknown): string[] {
  if (countKeys(value) === countRawKeys(raw)) return [];
  return scan(raw.toString('utf8'));
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countKeys(item);
  else for (const key in value) count += 1 + countKeys((value as Record<string, unknown>)[key]);
  return count;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Strings that a colon follows. A loop over the bytes is several times faster than `indexOf` here: strings are short. */
function countRawKeys(raw: Buffer): number {
  let count = 0;
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] !== quote) continue;
    for (at++; at < raw.length && raw[at] !== quote; at++) if (raw[at] === backslash) at++;
    let next = at + 1;
    while (isSpace(raw[next])) next++;
    if (raw[next] === colon) count++;
    at = next - 1;
  }
  return count;
}

/** Walks JSON that is known to parse. */
function scan(text: string): string[] {
  const out = new Set<string>();
  const token = /\s*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|([^\s{}[\]:,"]+))/gy;
  const next = (): { symbol: string | undefined; string: string | undefined } => {
    const match = token.exec(text);
    return { symbol: match?.[1], string: match?.[2] };
  };
  const value = (path: string, first = next()): void => {
    if (first.symbol === '{') {
      const seen = new Set<string>();
      for (let key = next(); key.string !== undefined; key = next()) {
        const name = JSON.parse(key.string) as string;
        const here = path === '' ? name : `${path}.${name}`;
        if (seen.has(name)) out.add(here);
        seen.add(name);
        next();
        value(here);
        if (next().symbol !== ',') return;
      }
    } else if (first.symbol === '[') {
      let index = 0;
      for (let item = next(); item.symbol !== ']'; item = next()) {
        value(`${path}[${index++}]`, item);
        if (next().symbol !== ',') return;
      }
    }
  };
  value('');
  return [...out];
}
