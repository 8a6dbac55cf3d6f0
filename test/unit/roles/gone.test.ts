import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { gone } from '../../../src/roles/gone.ts';

const directory = await mkdtemp(join(tmpdir(), 'shoal-gone-'));
const hold = join(directory, 'hold');
afterEach(() => rm(hold, { force: true }));

test('what is not there is gone at once', async () => {
  await gone(hold);
  await gone(join(directory, 'no/such/directory'));
});

test('what is there is waited for', async () => {
  await writeFile(hold, '');
  let over = false;
  const waiting = gone(hold).then(() => {
    over = true;
  });
  await writeFile(join(directory, 'other'), '');
  expect(over).toBe(false);
  await rm(hold);
  await waiting;
});
