import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { getAsset, getAssetKeys, isSea } from 'node:sea';

/** The build context of the node image. */
export const nodeAssets = [
  'images/node/Dockerfile',
  'images/node/containerd.toml',
  'images/node/daemon.json',
  'images/node/node-init',
  'images/node/registry.yml',
  'images/node/services/containerd/run',
  'images/node/services/dockerd/run',
  'images/node/services/faults/run',
  'images/node/services/kubelet/run',
  'images/node/services/registry/run',
  'images/node/services/registry-forward/run',
  'images/node/services/server/run',
] as const;

/** Files of the repository that are read when images are built. The single executable carries them as assets of the same names. */
export const imageAssets = [
  ...nodeAssets,
  'images/website/Dockerfile',
  'images/website/page.html',
  'images/website/serve',
  'images/website/website.yaml',
] as const;
export type Asset = (typeof imageAssets)[number];

/** The checkout's root; meaningless inside the single executable. */
export const repositoryRoot = join(import.meta.dirname, '..', '..', '..');

export const readAsset = (name: Asset): Buffer => (isSea() ? Buffer.from(getAsset(name)) : readFileSync(join(repositoryRoot, name)));

const lessonsFolder = 'docs/lessons';

/** Every file of the lessons, as a path from the checkout's root; the single executable carries these too. */
export const lessonAssets = (): string[] =>
  isSea()
    ? getAssetKeys().filter((name) => name.startsWith(`${lessonsFolder}/`))
    : readdirSync(join(repositoryRoot, lessonsFolder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
        .sort();

/** Undefined when there is no such file. `file` is a path below the folder of the lessons. */
export function readLessonAsset(file: string): string | undefined {
  const name = `${lessonsFolder}/${file}`;
  return lessonAssets().includes(name) ? (isSea() ? getAsset(name, 'utf8') : readFileSync(join(repositoryRoot, name), 'utf8')) : undefined;
}
