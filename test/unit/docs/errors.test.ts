import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes, exitCodes } from '../../../src/util/errors.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/errors.md', () => {
  it('lists every error code with its exit code and meaning, and no other', () => {
    const documented = rows.filter((row) => row[1]?.startsWith('`')).map((row) => [row[1]?.replaceAll('`', ''), row[2], row[3]]);
    expect(documented).toEqual(Object.entries(errorCodes).map(([code, { exit, meaning }]) => [code, String(exitCodes[exit]), meaning]));
  });
  it('lists every exit code with its class', () => {
    const documented = rows.filter((row) => /^\d+$/.test(row[1] ?? '') && row[2] !== '').map((row) => [row[2], Number(row[1])]);
    expect(documented).toEqual(Object.entries(exitCodes));
  });
  it('says what to do about each', () => {
    for (const row of rows.filter((one) => one[1]?.startsWith('`'))) expect(row[4]).toMatch(/\S.*\.$/);
  });
});
