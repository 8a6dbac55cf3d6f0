import type { PodSpec } from '../../api/types/core-v1.ts';
import { type Handle, maxNodeScore, type Plugin } from '../framework/interface.ts';

const MB = 1024 * 1024;
const minimum = 23 * MB;
const maximumPerContainer = 1000 * MB;

/** Prefers nodes that have the pod's images, by size; an image on few nodes counts less, lest it draws all pods there. */
export function createImageLocality({ snapshot }: Handle): Plugin {
  return {
    name: 'ImageLocality',
    score(_state, { pod }, { images }) {
      const total = snapshot.nodes().length;
      const wanted = imagesOf(pod.spec);
      let sum = 0;
      for (const image of wanted) {
        const size = images.get(image);
        if (size !== undefined) sum += Math.trunc(size * (snapshot.nodesWithImage(image) / total));
      }
      const maximum = maximumPerContainer * wanted.length;
      const clamped = Math.min(maximum, Math.max(minimum, sum));
      return Math.trunc((maxNodeScore * (clamped - minimum)) / (maximum - minimum));
    },
    sign: ({ pod }) => `${imagesOf(pod.spec).join(',')};${snapshot.imagesGeneration}`,
  };
}

const imagesOf = (spec: PodSpec | undefined): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ image = '' }) => withTag(image));

/** Names without tag or digest mean `latest`, as in a node's list of images. */
const withTag = (image: string): string => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image);
