import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** The build context of the node image. */
export const nodeAssets = [
  'images/node/Dockerfile',
  'images/node/containerd.toml',
  'images/node/daemon.json',
  'images/node/node-init',
  'images/node/services/containerd/run',
  'images/node/services/dockerd/run',
  'images/node/services/faults/run',
  'images/node/services/kubelet/run',
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
