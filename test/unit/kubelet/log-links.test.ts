import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { logLinks } from '../../../src/kubelet/runtime/docker/log-links.ts';
import { runtimeLabels } from '../../../src/kubelet/runtime/runtime.ts';

it('a container’s log is found where collectors look, until the container is removed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'logs-'));
  const engine = join(root, 'engine.log');
  await writeFile(engine, 'hello');
  const links = logLinks(root);
  const labels = { [runtimeLabels.podName]: 'web', [runtimeLabels.podNamespace]: 'shop', [runtimeLabels.podUid]: 'u1' };
  await links.add({ id: 'abc', name: 'main', attempt: 0, labels }, engine);
  await links.add({ id: 'def', name: 'main', attempt: 1, labels }, engine);
  expect(await readdir(join(root, 'containers'))).toEqual(['web_shop_main-abc.log', 'web_shop_main-def.log']);
  expect(await readFile(join(root, 'containers/web_shop_main-def.log'), 'utf8')).toBe('hello');
  expect(await readdir(join(root, 'pods/shop_web_u1/main'))).toEqual(['0.log', '1.log']);
  await links.remove('abc');
  expect(await readdir(join(root, 'pods/shop_web_u1/main'))).toEqual(['1.log']);
  await links.remove('def');
  await links.remove('unknown');
  expect(await readdir(join(root, 'pods'))).toEqual([]);
  expect(await readFile(engine, 'utf8')).toBe('hello');
  await rm(root, { recursive: true });
});
