import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import tar from 'tar-stream';
import { tarOf } from '../image/context.ts';
import type { NodeSpec } from '../provider.ts';

/** Puts files into a container, running or not; missing directories are made. */
export async function writeFiles(container: Docker.Container, files: NodeSpec['files']): Promise<void> {
  if (Object.keys(files).length === 0) return;
  await container.putArchive(await buffer(tarOf(files)), { path: '/' });
}

/** One file of a container, running or not. */
export async function readFile(container: Docker.Container, path: string): Promise<Buffer> {
  const archive = await container.getArchive({ path });
  const extract = tar.extract();
  archive.pipe(extract as unknown as NodeJS.WritableStream);
  archive.once('error', (cause) => extract.destroy(cause));
  let content: Buffer | undefined;
  for await (const entry of extract) {
    const bytes = await buffer(entry as unknown as NodeJS.ReadableStream);
    if (entry.header.type === 'file') content ??= bytes;
  }
  if (content === undefined) throw new Error(`${path} is no file`);
  return content;
}
