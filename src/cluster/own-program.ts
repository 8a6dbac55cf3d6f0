import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { repositoryRoot } from './image/assets.ts';

/** The program that runs here, whatever it is packed as. @param flags for Node itself, where the program is not packed with it. */
export function ownProgram(flags: readonly string[] = []): string[] {
  if (isSea()) return [process.execPath];
  const source = join(repositoryRoot, 'src/main.ts');
  return [process.execPath, '--disable-warning=ExperimentalWarning', ...flags, existsSync(source) ? source : (process.argv[1] ?? '')];
}
