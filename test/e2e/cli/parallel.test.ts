import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectEngine } from '../../../src/cluster/engine/connect.ts';
import { kubectlFor } from '../../support/clients.ts';
import { shoal } from '../../support/e2e.ts';
import { remains } from '../../support/remains.ts';

const prefix = 'eb-par';
const names = ['a', 'b', 'c', 'd'].map((letter) => `${prefix}-${letter}`);

test('four clusters made and removed at once, twice, with one kubeconfig, do not disturb each other', async () => {
  const { docker } = await connectEngine();
  const directory = mkdtempSync(join(tmpdir(), `shoal-${prefix}-`));
  const kubeconfig = join(directory, 'config');
  const kubectl = kubectlFor(kubeconfig);
  const contexts = async (): Promise<string[]> => (await kubectl('config get-contexts -o name')).split('\n').filter((each) => each !== '');
  const all = (verb: string, ...flags: string[]): Promise<string[]> =>
    Promise.all(names.map((name) => shoal([verb, '--name', name, '--kubeconfig', kubeconfig, ...flags])));
  try {
    for (const round of [1, 2]) {
      const made = (await all('up', '--workers', '0', '-o', 'json')).map((text) => JSON.parse(text) as { apiServer: { url: string } });
      expect(new Set(made.map(({ apiServer }) => apiServer.url)).size).toBe(names.length);
      expect((await contexts()).sort()).toEqual(names.map((name) => `shoal-${name}`));
      expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
      for (const name of names) {
        const node = await kubectl(['--context', `shoal-${name}`, 'get', 'nodes', '-o', 'name']);
        expect(`round ${round}: ${node}`).toBe(`round ${round}: node/${name}-control-plane\n`);
      }
      // One that goes takes nothing of the others with it.
      await shoal(['down', names[0] ?? '', '--kubeconfig', kubeconfig]);
      expect((await contexts()).sort()).toEqual(names.slice(1).map((name) => `shoal-${name}`));
      await kubectl(['--context', `shoal-${names[1]}`, 'get', '--raw', '/readyz']);
      await all('down');
      expect(await contexts()).toEqual([]);
      expect(await remains(docker, prefix)).toEqual([]);
    }
  } finally {
    await all('down');
    rmSync(directory, { recursive: true });
  }
});
