import type Docker from 'dockerode';
import { type Asset, readAsset } from './image/assets.ts';
import { hashOf, tarOf } from './image/context.ts';
import { buildImage } from './image/engine-images.ts';

/** Versions of the sample website: two, so that an update can be watched. */
export const websiteVersions = { 'v1.0': '#1d4e89', 'v2.0': '#7a2e7a' } as const;
export const websiteImages: readonly string[] = Object.keys(websiteVersions).map((version) => `website:${version}`);

const files: readonly Asset[] = ['images/website/Dockerfile', 'images/website/serve', 'images/website/page.html'];
const HASH_LABEL = 'dev.shoal.website';

/** Builds `website:v1.0` and `website:v2.0` on the engine unless they are there with this content. `base` holds Debian's static busybox. */
export async function ensureWebsiteImages(docker: Docker, base: string, signal?: AbortSignal): Promise<void> {
  const context = Object.fromEntries(files.map((name) => [name.replace('images/website/', ''), { content: readAsset(name) }]));
  for (const [version, color] of Object.entries(websiteVersions)) {
    const tag = `website:${version}`;
    const hash = hashOf(context, version, color);
    const found = await docker
      .getImage(tag)
      .inspect()
      .catch(() => undefined);
    if (found?.Config.Labels?.[HASH_LABEL] === hash) continue;
    await buildImage(docker, {
      tag,
      context: tarOf(context),
      buildArgs: { BASE: base, VERSION: version, COLOR: color },
      labels: { [HASH_LABEL]: hash },
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** The Deployment and the Service of the demo, as YAML. */
export const websiteManifest = (): string => readAsset('images/website/website.yaml').toString('utf8');
