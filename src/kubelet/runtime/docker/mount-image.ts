import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mount } from '../../volumes/mount-command.ts';
import { RuntimeError } from '../runtime.ts';
import { type DockerContext, runtimeError } from './context.ts';

/** Neither to be written to nor to be run, as KEP-4639 has image volumes. */
const options = ['ro', 'noexec'];

/**
 * Mounts an image's files: the engine of this node keeps each layer in a directory (its overlay2 driver), and an overlay over
 * all of them, without one to write to, is the image.
 */
export async function mountImage({ docker }: DockerContext, image: string, directory: string): Promise<void> {
  let driver: { Name: string; Data: Record<string, string> | null };
  try {
    driver = (await docker.getImage(image).inspect()).GraphDriver as typeof driver;
  } catch (failure) {
    throw runtimeError('unavailable', failure);
  }
  const { UpperDir: top = '', LowerDir: below = '' } = driver.Data ?? {};
  if (driver.Name !== 'overlay2' || top === '') {
    throw new RuntimeError(
      'unavailable',
      `the container engine keeps images by its driver ${driver.Name}: only those of overlay2 can be mounted`,
    );
  }
  const layers = [top, ...below.split(':').filter((layer) => layer !== '')];
  // The options of a mount are one page at most, so the driver has a short name for each layer.
  const root = dirname(dirname(top));
  const names = await Promise.all(
    layers.map(async (layer) => join('l', await readFile(join(root, basename(dirname(layer)), 'link'), 'utf8'))),
  );
  // An overlay has two layers at least: the directory itself is empty.
  if (names.length === 1) names.push(directory);
  await mount('overlay', 'overlay', directory, [...options, `lowerdir=${names.join(':')}`], root);
}
