import { readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Injection, Journal } from '../executor.ts';

/** A file that says which faults there are, written before they are made; there is none while there are none. */
export const fileJournal = (path: string): Journal => ({
  async write(injections) {
    if (injections.length === 0) return rm(path, { force: true });
    const draft = await open(`${path}.new`, 'w', 0o600);
    try {
      await draft.writeFile(JSON.stringify(injections));
      await draft.sync();
    } finally {
      await draft.close();
    }
    await rename(`${path}.new`, path);
  },
});

/** What a predecessor noted and did not undo. */
export function leftovers(path: string): Injection[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Injection[];
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw thrown;
  }
}
