import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { allPods } from '../../filter.ts';
import type { Picture, ServicePicture } from '../../picture.ts';
import { placeWithin } from './place.ts';

interface Props {
  services: readonly ServicePicture[];
  picture: Picture;
  /** Of this service alone, when somebody points at it. */
  chosen: string | undefined;
  place: RefObject<HTMLElement | null>;
}

interface Curve {
  key: string;
  path: string;
  ready: boolean;
  hue: number;
  chosen: boolean;
}

/** More lines than this are a tangle: then only those of the service that is pointed at. */
const tangle = 60;

/** The lines of the topology. For the eye alone: the same is in the details and tables. */
export function Links({ services, picture, chosen, place }: Props) {
  const [curves, setCurves] = useState<Curve[]>([]);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const measure = (): void => {
    const root = place.current;
    if (root === null) return;
    setSize({ width: root.clientWidth, height: root.clientHeight });
    setCurves(curvesIn(root, services, picture, chosen));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: places on the page change when the picture does.
  useLayoutEffect(measure, [picture, chosen]);
  useEffect(() => {
    const root = place.current;
    if (root === null) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(root);
    return () => observer.disconnect();
  });
  return (
    <svg class="links" width={size.width} height={size.height} aria-hidden="true">
      {curves.map(({ key, path, ready, hue, chosen: is }) => (
        <path key={key} d={path} class={`link ${ready ? 'ready' : 'not-ready'} ${is ? 'chosen' : ''}`} style={{ '--hue': String(hue) }} />
      ))}
    </svg>
  );
}

function curvesIn(root: HTMLElement, services: readonly ServicePicture[], picture: Picture, chosen: string | undefined): Curve[] {
  const uids = new Map(allPods(picture).map(({ namespace, name, uid }) => [`${namespace}/${name}`, uid]));
  const pods = new Map([...root.querySelectorAll<HTMLElement>('[data-pod]')].map((element) => [element.dataset['pod'], element]));
  const total = services.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return services.flatMap((service, index) => {
    if (total > tangle && service.uid !== chosen) return [];
    const button = root.querySelector<HTMLElement>(`[data-service="${service.uid}"]`);
    if (button === null) return [];
    const from = placeWithin(button, root);
    return service.endpoints.flatMap(({ pod, ready }) => {
      const uid = uids.get(`${service.namespace}/${pod}`);
      const element = pods.get(uid);
      if (element === undefined) return [];
      const to = placeWithin(element, root);
      const [x1, y1] = [from.right, from.y + from.height / 2];
      const [x2, y2] = [to.x, to.y + to.height / 2];
      const bend = Math.max(24, Math.min(140, (x2 - x1) / 2));
      const path = `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
      // Neighbours get hues that are far apart (the golden angle).
      return [{ key: `${service.uid}/${pod}`, path, ready, hue: Math.round(index * 137.5 + 200) % 360, chosen: service.uid === chosen }];
    });
  });
}
