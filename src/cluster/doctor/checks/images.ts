import type { Check } from '../check.ts';

/** Every change of Shoal makes a node image; nothing removes the ones before but this. */
export const images: Check = {
  name: 'images',
  async run({ engine, docker }) {
    if (engine.state !== 'running') return { state: 'unknown', says: 'no engine answers' };
    const stale = await docker.staleImages();
    if (stale.length === 0) return { state: 'ok', says: 'no outdated node images' };
    return {
      state: 'warning',
      says: `${stale.length} outdated node images, such as ${stale[0]?.name}`,
      next: 'They share layers, so each takes little; `shoal doctor --fix` removes them.',
      fix: {
        does: `remove ${stale.length} images that no container uses`,
        async run() {
          for (const image of stale) await docker.removeImage(image.name);
        },
      },
    };
  },
};
