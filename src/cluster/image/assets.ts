import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** Files of the repository that building images needs. The single executable carries them as assets of the same names. */
export const imageAssets = [
  'images/node/Dockerfile',
  'images/node/daemon.json',
  'images/node/node-init',
  'images/node/services/dockerd/run',
  'images/node/services/kubelet/run',
  'images/node/services/server/run',
] as const;
export type ImageAsset = (typeof imageAssets)[number];

/** The checkout's root; meaningless inside the single executable. */
export const repositoryRoot = join(import.meta.dirname, '..', '..', '..');

export const readAsset = (name: ImageAsset): Buffer => (isSea() ? Buffer.from(getAsset(name)) : readFileSync(join(repositoryRoot, name)));
