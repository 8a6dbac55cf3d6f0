import { describe, expect, test } from 'vitest';
import { readYaml } from '../../../../src/apiserver/http/read-yaml.ts';

describe('YAML bodies', () => {
  const rows: [name: string, text: string, value: unknown][] = [
    ['block style', 'a:\n- b\n- c: 1\n', { a: ['b', { c: 1 }] }],
    ['JSON', '{"a": [1, "two"]}', { a: [1, 'two'] }],
    ['flow style that is no JSON', '{a: [1, two]}', { a: [1, 'two'] }],
    ['the first of several documents', 'a: 1\n---\nb: 2\n', { a: 1 }],
    ['merge keys', 'a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
    ['bytes', 'a: !!binary YWJj\n', { a: 'abc' }],
    ['keys that are no texts', '{1: a, true: b, 1.5: c}', { 1: 'a', true: 'b', 1.5: 'c' }],
    ['nothing', '# only a comment\n', null],
    ['the last of two equal keys', 'a: 1\na: 2\n', { a: 2 }],
  ];
  test.each(rows)('%s is read', async (_name, text, value) => {
    expect((await readYaml(text)).value).toEqual(value);
  });

  const refusals: [name: string, text: string, message: string | RegExp][] = [
    ['what does not parse', 'a: [1\n', /Flow sequence|expected/i],
    ['a number that is none', 'a: .nan\n', 'json: unsupported value: NaN'],
    ['a number without end', 'a: [-.inf]\n', 'json: unsupported value: -Inf'],
    ['a key that is a list', '{[a]: b}', 'yaml: invalid map key'],
    ['a key that is null', '{null: b}', 'unsupported map key'],
    ['an error among tokens', '}\n'.repeat(100_000), /flow-map-end/],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x]\n${'bcdefg'
        .split('')
        .map((key, at) => `${key}: &${key} [${Array(8).fill(`*${'abcdef'[at]}`).join(',')}]\n`)
        .join('')}`,
      'alias',
    ],
    ['more tokens than can be read without stopping others', 'a,'.repeat(250_000).replace(/^/, '['), 'too large'],
  ];
  test.each(refusals)('%s is refused', async (_name, text, message) => {
    await expect(readYaml(text)).rejects.toThrow(message);
  });

  test('reading a long one lets others go on', async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    await readYaml(Array.from({ length: 30_000 }, (_, at) => `k${at}: v`).join('\n'));
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});
