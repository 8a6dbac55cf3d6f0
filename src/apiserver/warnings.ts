/** How much text warnings may have together before each is cut, and to what (upstream: endpoints/filters/warning.go). */
const mostInTotal = 4 * 1024;
const mostOfOne = 256;

/** The values of an answer's `Warning` headers. When they are too long together, each is cut short and the last ones are left out. */
export function warningHeaders(texts: readonly string[]): string[] {
  const all = [...new Set(texts)];
  const whole = all.reduce((sum, text) => sum + text.length, 0) <= mostInTotal;
  const shown: string[] = [];
  let written = 0;
  for (const text of all) {
    if (written >= mostInTotal) break;
    const part = whole ? text : [...text.slice(0, 2 * mostOfOne)].slice(0, mostOfOne).join('');
    written += part.length;
    shown.push(`299 - ${quoted(part)}`);
  }
  return shown;
}

/** A header's quoted string, in the bytes of UTF-8 as upstream sends it; control characters would end the header. */
const quoted = (text: string): string =>
  Buffer.from(`"${text.replace(/[\0-\x1f\x7f]+/g, ' ').replace(/["\\]/g, '\\$&')}"`).toString('latin1');
