import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Picture } from '../../picture.ts';
import { placeWithin } from './place.ts';

const moveMs = 450;

/**
 * Lets the eye follow pods: one that has come to another place glides there from where it was, one that is new grows. Pods
 * are known by their uid, wherever the page draws them.
 */
export function useMotion(place: RefObject<HTMLElement | null>, picture: Picture): void {
  const places = useRef<Map<string, DOMRect> | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: places on the page change when the picture does.
  useLayoutEffect(() => {
    const root = place.current;
    if (root === null) return;
    const before = places.current;
    const now = new Map<string, DOMRect>();
    const still = before === undefined || matchMedia('(prefers-reduced-motion: reduce)').matches;
    for (const element of root.querySelectorAll<HTMLElement>('[data-pod]')) {
      const uid = element.dataset['pod'] ?? '';
      // Against the diagram, so that scrolling is no movement.
      const at = placeWithin(element, root);
      now.set(uid, at);
      if (still) continue;
      const was = before.get(uid);
      if (was === undefined) element.animate([{ transform: 'scale(0)', opacity: 0 }, {}], { duration: moveMs, easing: 'ease-out' });
      else if (Math.abs(was.x - at.x) + Math.abs(was.y - at.y) > 1) {
        element.animate([{ transform: `translate(${was.x - at.x}px, ${was.y - at.y}px)` }, {}], {
          duration: moveMs,
          easing: 'ease-in-out',
        });
      }
    }
    places.current = now;
  }, [picture]);
}
