import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { VolumeError } from './volume-error.ts';

const failed = (text: string): VolumeError => new VolumeError(`hostPath type check failed: ${text}`);

/** Checks, and for the `…OrCreate` types makes, what a hostPath volume names. */
export async function checkHostPath(path: string, type: string): Promise<void> {
  if (type === '') return;
  const found = await stat(path).catch(() => undefined);
  const expect = (test: (stats: Stats) => boolean, what: string): void => {
    if (found === undefined || !test(found)) throw failed(`${path} is not ${what}`);
  };
  switch (type) {
    case 'DirectoryOrCreate':
      if (found === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
      else expect((stats) => stats.isDirectory(), 'a directory');
      return;
    case 'Directory':
      return expect((stats) => stats.isDirectory(), 'a directory');
    case 'FileOrCreate':
      if (found === undefined) await (await open(path, 'a', 0o644)).close();
      else expect((stats) => stats.isFile(), 'a file');
      return;
    case 'File':
      return expect((stats) => stats.isFile(), 'a file');
    case 'Socket':
      return expect((stats) => stats.isSocket(), 'a socket file');
    case 'CharDevice':
      return expect((stats) => stats.isCharacterDevice(), 'a character device');
    case 'BlockDevice':
      return expect((stats) => stats.isBlockDevice(), 'a block device');
    default:
      throw new VolumeError(`${type} is an invalid volume type`);
  }
}
