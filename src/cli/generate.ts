import { readFileSync, writeFileSync } from 'node:fs';
import { systemContext } from './context.ts';
import { createProgram } from './program.ts';
import { cliReference } from './reference.ts';

// `npm run generate` writes docs/cli.md; `--check` only says whether it is what it would be.
const path = new URL('../../docs/cli.md', import.meta.url);
const text = cliReference(createProgram(systemContext(new AbortController().signal)));
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write('stale: docs/cli.md; run npm run generate\n');
  process.exit(1);
}
