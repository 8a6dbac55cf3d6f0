import type { PodPicture } from '../../picture.ts';

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
export const clockTime = (time: number): string => new Date(time).toTimeString().slice(0, 8);

/** What a screen reader says of a pod. */
export const podWords = ({ name, status, node, restarts }: PodPicture): string =>
  `Pod ${name}, ${status}${node === undefined ? ', without a node' : ` on ${node}`}${restarts > 0 ? `, ${plural(restarts, 'restart')}` : ''}`;
