import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';
import type { NodeState } from '../provider.ts';
import { type ArchivedImage, archiveWithout, layersToLeaveOut, readArchive, spool } from './archive.ts';
import { imagesOn } from './node-images.ts';

/**
 * Brings images into the engines of all running nodes at once. Each reference is a path of a `docker save` archive (also one
 * compressed with gzip) or an image of the engine on this side; nodes get only layers that they lack, and nothing when they
 * have the image already.
 */
export async function loadInto(context: ClusterContext, nodes: readonly NodeState[], references: readonly string[]): Promise<void> {
  const running = nodes.filter((node) => node.running).map((node) => node.name);
  const archives = references.filter(isFile);
  const names = references.filter((reference) => !isFile(reference));
  const directory = await mkdtemp(join(tmpdir(), 'shoal-load-'));
  try {
    for (const archive of archives) await loadArchive(context, running, archive);
    const missing = await absent(context, running, names);
    if (missing.names.length === 0) return;
    const file = join(directory, 'images.tar');
    await spool(await context.source.save(missing.names), file);
    await loadArchive(context, missing.nodes, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Which images are not on every node, and the nodes concerned. Throws IMAGE_NOT_FOUND. */
async function absent(
  context: ClusterContext,
  nodes: readonly string[],
  names: readonly string[],
): Promise<{ names: string[]; nodes: string[] }> {
  const wanted = await Promise.all(
    names.map(async (name) => {
      const image = await context.source.inspect(name);
      if (image !== undefined) return { name, id: image.id };
      throw new ShoalError('IMAGE_NOT_FOUND', `neither an image nor an archive named ${name} is on this machine`, {
        next: `Build or pull it first: docker pull ${name}`,
      });
    }),
  );
  const lacking = await Promise.all(
    nodes.map(async (node) => {
      const present = await imagesOn(context, node);
      return {
        node,
        names: wanted
          .filter(({ name, id }) => !present.some((image) => image.id === id && image.tags.includes(withTag(name))))
          .map(({ name }) => name),
      };
    }),
  );
  const concerned = lacking.filter((each) => each.names.length > 0);
  return { names: [...new Set(concerned.flatMap((each) => each.names))], nodes: concerned.map((each) => each.node) };
}

/** `nginx` → `nginx:latest`; a digest stays as it is. */
const withTag = (name: string): string => (name.includes('@') || /:[^/]+$/.test(name) ? name : `${name}:latest`);

/** Sends an archive of `docker save` to nodes, to each without the layers that it has. */
export async function loadArchive(context: ClusterContext, nodes: readonly string[], path: string): Promise<void> {
  const images = await readArchive(path).catch(() => undefined);
  await Promise.all(
    nodes.map(async (node) => {
      const input = images === undefined ? createReadStream(path) : archiveWithout(path, await spareLayers(context, node, images));
      const { exitCode, stdout, stderr } = await context.provider.exec(node, ['docker', 'load', '--quiet'], input);
      if (exitCode === 0) return;
      const detail = `${stderr}${stdout}`.trim();
      throw new ShoalError(/no space left/i.test(detail) ? 'DISK_FULL' : 'IMAGE_NOT_FOUND', `${node} could not load ${path}: ${detail}`, {
        next: 'Give a file that `docker save` made, or the name of an image.',
      });
    }),
  );
}

const spareLayers = async (context: ClusterContext, node: string, images: readonly ArchivedImage[]): Promise<Set<string>> =>
  layersToLeaveOut(
    images,
    (await imagesOn(context, node)).map((image) => image.layers),
  );
