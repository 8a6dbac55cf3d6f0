import { describe, expect, test } from 'vitest';
import { warningHeaders } from '../../../src/apiserver/warnings.ts';

describe('warnings', () => {
  const rows: [name: string, texts: string[], headers: string[]][] = [
    ['are quoted', ['a "b" \\ c'], ['299 - "a \\"b\\" \\\\ c"']],
    ['are sent once', ['a', 'b', 'a'], ['299 - "a"', '299 - "b"']],
    ['cannot end their header', ['a\r\nb: c'], ['299 - "a b: c"']],
    ['are in the bytes of UTF-8', ['ü'], ['299 - "Ã¼"']],
  ];
  test.each(rows)('%s', (_name, texts, headers) => {
    expect(warningHeaders(texts)).toEqual(headers);
  });

  test('are cut when they are too long together', () => {
    const long = Array.from({ length: 40 }, (_, at) => `${at} ${'x'.repeat(400)}`);
    const headers = warningHeaders(long);
    expect(headers).toHaveLength(16);
    expect(headers[0]).toBe(`299 - "0 ${'x'.repeat(254)}"`);
  });
});
