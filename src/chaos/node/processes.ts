import { readdirSync, readFileSync } from 'node:fs';
import { type Clock, delay } from '../../util/clock.ts';

/** A process of the node, those of its containers included. */
export interface Process {
  pid: number;
  parent: number;
  command: string;
  /** One letter, as /proc has it: `T` is stopped, `Z` has ended. */
  state: string;
}

const scanMs = 20;
const mostScans = 250;
/** Stay in any fault: they are the node's power supply. */
const supervisors = new Set(['runsvdir', 'runsv']);

/** All processes, from the text of their /proc/PID/stat. */
export function readProcesses(): Process[] {
  return numbers().flatMap((pid) => {
    const found = /^\d+ \((.*)\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`));
    return found === null ? [] : [{ pid, command: found[1] ?? '', state: found[2] ?? '', parent: Number(found[3]) }];
  });
}

/** Those that a dead or frozen machine takes with it: all but the first process, its supervisors, the agent, and what that started. */
export function victims(all: readonly Process[], agent: number): Process[] {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const line = (pid: number): number[] => {
    const found = [pid];
    for (let next = parents.get(pid); next !== undefined && next > 0; next = parents.get(next)) found.push(next);
    return found;
  };
  const above = new Set(line(agent));
  return all.filter(({ pid, command, state }) => {
    return pid !== 1 && state !== 'Z' && !supervisors.has(command) && !above.has(pid) && !line(pid).includes(agent);
  });
}

/** Signals again and again until `left` finds nobody: what is hit may have started others meanwhile. */
export async function signalAll(signal: NodeJS.Signals, left: () => readonly Process[], clock: Clock): Promise<void> {
  for (let scan = 0; scan < mostScans; scan++) {
    const found = left();
    if (found.length === 0) return;
    for (const { pid } of found) send(pid, signal);
    await delay(clock, scanMs);
  }
  const names = left().map(({ pid, command }) => `${command} (${pid})`);
  if (names.length > 0) throw new Error(`${signal} does not reach ${names.join(', ')}`);
}

/** Processes that have `variable=value` in their environment. */
export function withVariable(variable: string, value: string): Process[] {
  return readProcesses().filter(
    ({ pid, state }) => state !== 'Z' && `\0${read(`/proc/${pid}/environ`)}\0`.includes(`\0${variable}=${value}\0`),
  );
}

const numbers = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

/** Empty when the process is gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}
