import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findingCodes } from '../../../src/why/codes.ts';

test('docs/why.md lists every finding with its meaning, and no other', () => {
  const text = readFileSync(new URL('../../../docs/why.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(findingCodes));
});
