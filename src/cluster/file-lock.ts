import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Runs `work` while this process holds the lock `name` against other processes of the user on this machine; waits for as
 * long as another holds it. A lock whose holder was killed is taken over after ten seconds; a holder that was held up for so long
 * goes on beside the other, because what locks protect (ports, names, images) is refused by the engine when two want it.
 */
export async function withFileLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const directory = join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `shoal-${userInfo().uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let lost = false;
  const release = await lock(join(directory, name.replace(/[^\w.-]/g, '_')), {
    realpath: false,
    stale: 10_000,
    onCompromised: () => {
      lost = true;
    },
    retries: { forever: true, minTimeout: 20, maxTimeout: 200, factor: 1.5 },
  });
  try {
    return await work();
  } finally {
    if (!lost) await release();
  }
}
