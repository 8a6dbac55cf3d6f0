import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterContext } from '../context.ts';
import { spool } from './archive.ts';
import { loadArchive } from './load-images.ts';
import { imagesOn, type PresentImage } from './node-images.ts';

/** Images that every node makes for itself. */
const isOwn = (tag: string): boolean => tag.startsWith('shoal/');

/**
 * Which tags a node has to be given, by the peer that has them: all that were loaded into some peer and that the node lacks
 * or has another image under. What a peer pulled from a registry the node can pull too.
 */
export function tagsToCopy(peers: ReadonlyMap<string, readonly PresentImage[]>, present: readonly PresentImage[]): Map<string, string[]> {
  const known = new Map(present.flatMap((image) => image.tags.map((tag) => [tag, image.id] as const)));
  const settled = new Set<string>();
  const result = new Map<string, string[]>();
  for (const [peer, images] of peers) {
    for (const image of images) {
      if (image.pulled) continue;
      for (const tag of image.tags) {
        if (isOwn(tag) || settled.has(tag)) continue;
        settled.add(tag);
        if (known.get(tag) !== image.id) result.set(peer, [...(result.get(peer) ?? []), tag]);
      }
    }
  }
  return result;
}

/** Gives `node` the images that were loaded into the cluster before it came, from the engines of running peers. */
export async function copyImages(context: ClusterContext, node: string, peers: readonly string[]): Promise<void> {
  const [present, ...ofPeers] = await Promise.all([node, ...peers].map((each) => imagesOn(context, each)));
  const wanted = tagsToCopy(new Map(peers.map((peer, index) => [peer, ofPeers[index] ?? []])), present ?? []);
  if (wanted.size === 0) return;
  const directory = await mkdtemp(join(tmpdir(), 'shoal-copy-'));
  try {
    for (const [peer, tags] of wanted) {
      const file = join(directory, `${peer}.tar`);
      await spool(await context.provider.output(peer, ['docker', 'save', ...tags]), file);
      await loadArchive(context, [node], file);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
