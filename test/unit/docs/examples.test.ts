import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = join(import.meta.dirname, '../../../docs');
const examples = join(docs, 'examples/testing');

describe('docs/testing.md', () => {
  const text = readFileSync(join(docs, 'testing.md'), 'utf8');
  const shown = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  it('shows the very files that run as tests, and no other code', () => {
    const files = readdirSync(examples).map((name) => readFileSync(join(examples, name), 'utf8'));
    expect(shown.toSorted()).toEqual(files.toSorted());
  });
});
