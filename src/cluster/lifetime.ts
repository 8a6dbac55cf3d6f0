/** Which making of a cluster's name this is, and when it may be removed by whoever notices. */
export interface Lifetime {
  /** Given by `up`; another cluster that takes the name later has another. Absent in clusters of older versions. */
  instance?: string;
  /** Milliseconds since the epoch; absent: it stays until it is removed. */
  expires?: number;
}

/** Which cluster of a name is meant; asked while nobody else can make or remove one. */
export type Only = (found: Lifetime) => boolean;

export const hasExpired =
  (now: number): Only =>
  ({ expires }) =>
    expires !== undefined && expires <= now;

/** As a file holds it. */
export const writeExpiry = (expires: number | undefined): string =>
  expires === undefined ? 'never\n' : `${new Date(expires).toISOString()}\n`;

export function readExpiry(text: string): Pick<Lifetime, 'expires'> {
  const expires = Date.parse(text.trim());
  return Number.isNaN(expires) ? {} : { expires };
}

/** `2h5m`, `45s`, `expired`: what is left, in at most two units. */
export function remaining(expires: number, now: number): string {
  const seconds = Math.floor((expires - now) / 1000);
  if (seconds <= 0) return 'expired';
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days}d${hours}h`;
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
