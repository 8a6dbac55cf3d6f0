import { readFileSync } from 'node:fs';
import { type Clock, delay } from '../../util/clock.ts';

/** Nothing tells a process that a stranger has died, so it has to look. */
const lookMs = 1000;

/** Resolves when the process has ended, a zombie included. A process that gets its number later is not taken for it. */
export async function untilGone(pid: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  const first = birthOf(pid);
  if (first === undefined) return;
  for (;;) {
    await delay(clock, lookMs, signal);
    if (birthOf(pid) !== first) return;
  }
}

/** What tells a process from others of its number; undefined when it does not run. */
function birthOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it is there, and somebody else's.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM')) return undefined;
  }
  if (process.platform !== 'linux') return 'running';
  try {
    // proc(5): the state follows the command's name in parentheses, and the start time is the 20th field from there.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
