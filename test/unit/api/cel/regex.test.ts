import { describe, expect, test } from 'vitest';
import { compileRegex } from '../../../../src/api/cel/regex.ts';

describe('regular expressions as in Go', () => {
  const rows: [name: string, pattern: string, text: string, matches: boolean][] = [
    ['anywhere in the text', 'b+', 'abbc', true],
    ['flags in front', '(?i)^ABC$', 'abc', true],
    ['flags of a group', '^a(?i:b)c$', 'aBc', true],
    ['POSIX classes', '^[[:alnum:]]+$', 'a1', true],
    ['Unicode classes', '^\\p{Greek}+$', 'αβγ', true],
    ['ends of the text', '\\Aab\\z', 'ab\n', false],
    ['named groups', '(?P<year>\\d{4})', '2026', true],
    ['escapes of punctuation', '^[\\w\\-\\_]+$', 'a-_b', true],
    ['characters beyond the basic plane', '^.$', '\u{1f41f}', true],
    ['quoted text', '^\\Qa.b\\E$', 'a.b', true],
  ];
  test.each(rows)('%s', (_name, pattern, text, matches) => {
    expect(compileRegex(pattern).test(text)).toBe(matches);
  });

  // A matcher that goes back and tries again would be at each of these for longer than the world will last.
  test.each(['^(a+)+$', '(?i)^(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(a+a+)+y', '^(?:a{1,30}){1,30}$'])(
    '%s comes to an end',
    (pattern) => {
      expect(compileRegex(pattern).test(`${'a'.repeat(2000)}!`)).toBe(false);
    },
  );

  test.each(['(', '[a', '(?=a)', '(a)\\1', '*'])('%s is none', (pattern) => {
    expect(() => compileRegex(pattern)).toThrow('error parsing regexp');
  });

  test('all matches, or so many', () => {
    expect(compileRegex('a.').findAll('ab ac ad', 2)).toEqual(['ab', 'ac']);
    expect(compileRegex('x*').findAll('axb', Number.POSITIVE_INFINITY)).toEqual(['', 'x', '']);
  });
});
