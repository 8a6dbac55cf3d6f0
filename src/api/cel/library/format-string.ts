/** `"%s is %d".format([a, b])` of cel-go's strings extension: the verbs s, d, f, e, b, o, x and X. */
export function formatString(text: string, args: readonly unknown[]): string {
  let next = 0;
  const out = text.replace(/%(?:\.(\d+))?([%a-zA-Z])/g, (_whole, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= args.length) throw new RangeError(`index ${next} out of range`);
    return clause(verb, args[next++], precision === undefined ? undefined : Number(precision));
  });
  return out;
}

function clause(verb: string, value: unknown, precision: number | undefined): string {
  switch (verb) {
    case 's':
      return valueText(value);
    case 'd':
      if (typeof value === 'bigint' || value !== null) return String(value);
      break;
    case 'f':
      return number(value).toFixed(precision ?? 6);
    case 'e':
      return number(value)
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return BigInt(value as bigint).toString(2);
    case 'o':
      return BigInt(value as bigint).toString(8);
    case 'x':
    case 'X': {
      const hex = typeof value === 'string' ? Buffer.from(value).toString('hex') : BigInt(value as bigint).toString(16);
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
  }
  throw new SyntaxError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
}

const number = (value: unknown): number => {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new TypeError('could not parse formatting clause: error during formatting: fixed-point clause can only be used on doubles');
};

/** How `%s` shows a value: lists and maps by their elements, times as RFC 3339. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return value.toISOString().replace(/\.?0*Z$/, 'Z');
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (value instanceof Map) return mapText([...value]);
  if (typeof value === 'object' && (value.constructor === Object || value.constructor === undefined)) return mapText(Object.entries(value));
  return String(value);
}

const mapText = (entries: [unknown, unknown][]): string =>
  `{${entries
    .map(([key, value]) => `${valueText(key)}: ${valueText(value)}`)
    .sort()
    .join(', ')}}`;
