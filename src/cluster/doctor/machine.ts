import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { readFileSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../../util/clock.ts';
import { engineStatus, startEngine } from '../engine/engine.ts';
import { isFree } from '../ports.ts';
import type { Machine } from './check.ts';
import { engineThings } from './engine-things.ts';

const exec = promisify(execFile);

/** This machine, with the engine as it is now. */
export async function thisMachine(options: { clock: Clock; env: Machine['env']; note(text: string): void }): Promise<Machine> {
  const engine = await engineStatus();
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    env: options.env,
    read(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    write: writeFileSync,
    output: (command, args) =>
      exec(command, [...args], { timeout: 10_000 }).then(
        ({ stdout }) => stdout,
        () => undefined,
      ),
    freeBytes: (path) =>
      statfs(path).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => undefined,
      ),
    addresses: (name) =>
      lookup(name, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      ),
    isPortFree: (port) => isFree('127.0.0.1', port),
    engine,
    startEngine: async () => void (await startEngine(options)),
    docker: await engineThings(engine.state === 'running'),
  };
}
