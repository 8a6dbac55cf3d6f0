import { expect, it } from 'vitest';
import { goJsonError } from '../../../src/apiserver/http/json-errors.ts';
import { messageOf } from '../../../src/util/errors.ts';

const rows: [text: string, said: string][] = [
  ['', 'unexpected end of JSON input'],
  ['{"a":', 'unexpected end of JSON input'],
  ['{"a":"b', 'unexpected end of JSON input'],
  ['apiVersion: v1', "invalid character 'a' looking for beginning of value"],
  ['{"a":x}', "invalid character 'x' looking for beginning of value"],
  ['{"a" "b"}', "invalid character '\"' after object key"],
  ['{"a":"b" "c"}', "invalid character '\"' after object key:value pair"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['["a" "b"]', "invalid character '\"' after array element"],
  ['{} {}', "invalid character '{' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
];
it.each(rows)('%j', (text, said) => {
  let message = '';
  try {
    JSON.parse(text);
  } catch (thrown) {
    message = messageOf(thrown);
  }
  expect(goJsonError(message, text)).toBe(said);
});
