/** As Go's `%v` prints decoded JSON: `map[spec:map[replicas:3]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}

/** As Go's encoder writes maps: keys in order, HTML's special characters escaped. */
export function goJson(value: unknown): string {
  const sorted = (_key: string, item: unknown): unknown =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return escaped(JSON.stringify(value, sorted));
}

/** Whether Go's time.ParseDuration takes the text: `1h30m`, `-1.5s`. */
export const isGoDuration = (text: string): boolean => /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text);

/** JSON text with HTML's special characters escaped, as Go's encoder leaves none. */
export const escaped = (json: string): string => json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
