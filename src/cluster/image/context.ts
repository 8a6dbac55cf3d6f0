import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import tar from 'tar-stream';

/** Path in a build context or below `/` → what it holds; the mode defaults to 0644. */
export type FileTree = Record<string, { content: string | Buffer; mode?: number }>;

/** The files as an uncompressed tar. Times are fixed, so that equal trees make equal layers. */
export function tarOf(files: FileTree): Readable {
  const pack = tar.pack();
  for (const [name, { content, mode }] of Object.entries(files)) {
    pack.entry({ name: name.replace(/^\/+/, ''), mode: mode ?? 0o644, mtime: new Date(0) }, content);
  }
  pack.finalize();
  // tar-stream's streams are streamx's: they pipe as Node's do, but lack members that only its types ask for.
  return pack as unknown as Readable;
}

/** Twelve hexadecimal digits that change when any part does; the order of names does not matter, that of extras does. */
export function hashOf(files: FileTree, ...extra: string[]): string {
  const hash = createHash('sha256');
  for (const [name, { content, mode }] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${mode ?? 0o644}\0`).update(createHash('sha256').update(content).digest());
  }
  for (const text of extra) hash.update(`\0${text}`);
  return hash.digest('hex').slice(0, 12);
}
