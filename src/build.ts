/**
 * `npm run build`: makes `dist/shoal`, one file that needs nothing installed. esbuild bundles the sources into one module,
 * and Node's `--build-sea` puts that, the files under images/, the lessons and Node itself into an executable.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './cluster/executable.ts';
import { imageAssets, lessonAssets, repositoryRoot } from './cluster/image/assets.ts';

const dist = join(repositoryRoot, 'dist');
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
for (const [name, code] of await bundle({ split: false })) await writeFile(join(dist, name), code);
const configuration = {
  main: join(dist, 'shoal.mjs'),
  mainFormat: 'module',
  output: join(dist, 'shoal'),
  disableExperimentalSEAWarning: true,
  // Starting is most of what a short command does; the bundle is compiled once per machine.
  useCodeCache: false,
  execArgv: ['--disable-warning=ExperimentalWarning'],
  assets: Object.fromEntries([...imageAssets, ...lessonAssets()].map((name) => [name, join(repositoryRoot, name)])),
};
const configPath = join(dist, 'sea-config.json');
await writeFile(configPath, JSON.stringify(configuration, null, 2));
await promisify(execFile)(process.execPath, ['--build-sea', configPath]);
process.stdout.write(`${join('dist', 'shoal')}\n`);
