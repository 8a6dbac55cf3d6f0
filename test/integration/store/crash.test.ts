import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { silentLogger } from '../../../src/util/log.ts';

test('kill -9 in the middle of a burst loses no acknowledged write', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-crash-'));
  const acknowledged = new Map<string, number>();
  try {
    for (const goal of [300, 1500]) {
      acknowledged.clear();
      const path = join(folder, `${goal}.db`);
      const child = spawn(process.execPath, [fileURLToPath(new URL('./burst.ts', import.meta.url)), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // Read to the end, past the kill: what the pipe still holds was acknowledged too.
      for await (const line of createInterface(child.stdout)) {
        const [name, revision] = line.split(' ');
        if (name !== undefined && revision !== undefined && revision !== '') acknowledged.set(name, Number(revision));
        if (acknowledged.size === goal) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');

      const store = await openSqliteStore(path, { log: silentLogger });
      const { entries, revision } = await store.list('/');
      const found = new Map(entries.map((entry) => [entry.object.metadata.name, entry.revision]));
      // The last line may have been cut by the kill, so a revision is checked only where its digits are whole.
      const whole = [...acknowledged].slice(0, -1);
      expect(whole.filter(([name, at]) => found.get(name) !== at)).toEqual([]);
      expect(whole.length).toBeGreaterThanOrEqual(goal - 1);
      expect(revision).toBe(Math.max(...entries.map((entry) => entry.revision)));
      await store.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
