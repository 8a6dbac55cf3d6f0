import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { tarOf } from '../../../src/cluster/image/context.ts';
import { type ArchivedImage, archiveWithout, layersToLeaveOut, readArchive, spool } from '../../../src/cluster/load/archive.ts';

const layer = (name: string) => ({ diffId: `sha256:${name}`, path: `${name}/layer.tar` });
const image = (...names: string[]): ArchivedImage => ({ id: `sha256:${names.join('')}`, tags: [], layers: names.map(layer) });
const ids = (...names: string[]): string[] => names.map((name) => `sha256:${name}`);

describe('layersToLeaveOut', () => {
  test.each<[string, ArchivedImage[], string[][], string[]]>([
    ['nothing for a node without images', [image('base', 'app')], [], []],
    ['the layers that an older version shares', [image('base', 'lib', 'app2')], [ids('base', 'lib', 'app1')], ['base', 'lib']],
    ['all of an image that is there', [image('base', 'app')], [ids('base', 'app')], ['base', 'app']],
    ['none that sits on other ground', [image('other', 'app')], [ids('base', 'app')], []],
    ['the longest chain that any image has', [image('a', 'b', 'c')], [ids('a'), ids('a', 'b'), ids('x')], ['a', 'b']],
    ['none that another image in the archive still needs', [image('a', 'shared'), image('x', 'shared')], [ids('a', 'shared')], ['a']],
  ])('%s', (_, images, present, expected) => {
    expect([...layersToLeaveOut(images, present)]).toEqual(expected.map((name) => layer(name).path));
  });
});

describe('an archive of docker save', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'shoal-archive-')), 'image.tar');
  const config = { rootfs: { type: 'layers', diff_ids: ids('one', 'two') } };
  const manifest = [{ Config: 'abc.json', RepoTags: ['web:1'], Layers: ['one/layer.tar', 'two/layer.tar'] }];
  beforeAll(async () => {
    const files = {
      'abc.json': { content: JSON.stringify(config) },
      'one/layer.tar': { content: 'first layer' },
      'two/layer.tar': { content: 'second layer' },
      'manifest.json': { content: JSON.stringify(manifest) },
    };
    await spool(tarOf(files), path);
  });

  test('tells its images, tags and layers', async () => {
    expect(await readArchive(path)).toEqual([{ id: 'sha256:abc', tags: ['web:1'], layers: [layer('one'), layer('two')] }]);
  });

  test('can be sent without a layer, everything else unchanged', async () => {
    const smaller = join(mkdtempSync(join(tmpdir(), 'shoal-archive-')), 'smaller.tar');
    await spool(archiveWithout(path, new Set(['one/layer.tar'])), smaller);
    const bytes = (await buffer(archiveWithout(smaller, new Set()))).toString();
    expect(bytes).toContain('second layer');
    expect(bytes).not.toContain('first layer');
    expect(await readArchive(smaller)).toEqual(await readArchive(path));
  });

  test('is told from any other tar', async () => {
    const other = join(mkdtempSync(join(tmpdir(), 'shoal-archive-')), 'other.tar');
    await spool(tarOf({ readme: { content: 'hello' } }), other);
    await expect(readArchive(other)).rejects.toThrow('manifest.json');
  });

  test('a source that breaks off is an error', async () => {
    const broken = Readable.from(
      (async function* () {
        yield 'some';
        throw new Error('connection lost');
      })(),
    );
    await expect(spool(broken, `${path}.broken`)).rejects.toThrow('connection lost');
  });
});
