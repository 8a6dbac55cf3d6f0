import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goThrough, shoalHere } from '../../support/lessons.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-guide-'));
const guide = readFileSync(join(import.meta.dirname, '../../../docs/lesson-authors.md'), 'utf8');
const shoal = shoalHere({
  XDG_STATE_HOME: join(home, 'state'),
  KUBECONFIG: join(home, 'kubeconfig'),
  DOCKER_HOST: `unix://${home}/no-engine.sock`,
});

/** The files of the worked example: a path in backticks, and below it what is in the file. */
const files = [...guide.matchAll(/^`(my-lessons\/\S+)`:\n\n```\w+\n([\s\S]*?)^```$/gm)].map(([, path = '', content = '']) => ({
  path,
  content,
}));

beforeAll(() => shoal('up', '--simulate', '--name', 'guide', '--workers', '1'));
afterAll(async () => {
  await shoal.try('down', 'guide');
  rmSync(home, { recursive: true });
});

test('the worked example of the guide for authors is a lesson that works', { timeout: 120_000 }, async () => {
  expect(files.map(({ path }) => path.split('/').at(-1))).toEqual(['lesson.yaml', 'app.yaml', '1-configmap.md']);
  for (const { path, content } of files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  const flags = ['--name', 'guide', '--from', join(home, 'my-lessons'), '--dir', join(home, 'work')];
  expect(await goThrough(shoal, '1', flags)).toEqual(['it has said the text']);
});
