/** The texts that cells share: ages, lists with an end, selectors (kubectl's printers and apimachinery util/duration). */
import { selectorFrom } from '../labels.ts';
import type { Container } from '../types/core-v1.ts';
import type { LabelSelector } from '../types/meta-v1.ts';

/** `ms` in the shortest two units that still say something: `3m20s`, `5h`, `2d4h`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 365 * 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}
const withRest = (count: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`;

/** How long ago a `metav1.Time` was. */
export const since = (time: string | undefined, now: number): string =>
  (time ?? '') === '' ? '<unknown>' : humanDuration(now - Date.parse(time ?? ''));

export const orNone = (text: string | undefined): string => (text === undefined || text === '' ? '<none>' : text);

/** The first three of a list and how many more there are. */
export function firstOf(list: readonly string[], most = 3): string {
  const shown = list.slice(0, most).join(',');
  return list.length > most ? `${shown} + ${list.length - most} more...` : shown;
}

export const labelsText = (labels: Record<string, string> | undefined): string =>
  orNone(
    Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
  );

export function selectorText(selector: LabelSelector | undefined): string {
  try {
    return orNone(selectorFrom(selector).toString());
  } catch {
    return '<error>';
  }
}

/** Names and images, each joined with commas. */
export const containerCells = (containers: readonly Container[] | undefined): [string, string] => [
  (containers ?? []).map((container) => container.name).join(','),
  (containers ?? []).map((container) => container.image ?? '').join(','),
];

/** `host:port`, with brackets around IPv6. */
export const hostPort = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

const modes: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
export const accessModesText = (list: readonly string[] | undefined): string =>
  Object.keys(modes)
    .filter((mode) => list?.includes(mode) === true)
    .map((mode) => modes[mode])
    .join(',');
