import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { repositoryRoot } from './image/assets.ts';
import { packageFolder } from './package-folder.ts';

/** The program that runs here, whatever it is packed as. @param flags for Node itself, where the program is not packed with it. */
export function ownProgram(flags: readonly string[] = []): string[] {
  if (isSea()) return [process.execPath];
  const files = ['src/main.ts', `${packageFolder}/shoal.mjs`].map((file) => join(repositoryRoot, file));
  return [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    ...flags,
    files.find((file) => existsSync(file)) ?? process.argv[1] ?? '',
  ];
}
