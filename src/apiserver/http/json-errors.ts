/** How V8 words what is wrong with JSON, and Go's encoding/json, which clients and tests know. */
const wordings: [v8: RegExp, go: (character: string) => string][] = [
  [/^Unexpected end|^Unterminated string/, () => 'unexpected end of JSON input'],
  [/^Expected ',' or '}'/, (found) => `invalid character ${found} after object key:value pair`],
  [/^Expected ',' or ']'/, (found) => `invalid character ${found} after array element`],
  [/^Expected ':'/, (found) => `invalid character ${found} after object key`],
  [/property name/, (found) => `invalid character ${found} looking for beginning of object key string`],
  [/^Unexpected non-whitespace/, (found) => `invalid character ${found} after top-level value`],
  [/^Bad control character/, (found) => `invalid character ${found} in string literal`],
  [/^Bad escaped character/, (found) => `invalid character ${found} in string escape code`],
  [/^Unexpected token/, (found) => `invalid character ${found} looking for beginning of value`],
];

/** An error of `JSON.parse(text)` as Go would word it. */
export function goJsonError(message: string, text: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  const character = position === undefined ? /token '(.)'/su.exec(message)?.[1] : text[Number(position)];
  const shown = character === undefined ? `'?'` : `'${JSON.stringify(character).slice(1, -1).replace('\\"', '"').replace("'", "\\'")}'`;
  return wordings.find(([v8]) => v8.test(message))?.[1](shown) ?? message;
}
