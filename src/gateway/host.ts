import { isIP } from 'node:net';

/** What a `Host` header asks the gateway for. */
export type Destination =
  /** The gateway's own page: `localhost` or a loopback address. */
  | { kind: 'index' }
  /** The cluster's own page; a Service of that name answers at `shoal.default.localhost`. */
  | { kind: 'cluster' }
  | { kind: 'service'; namespace: string; service: string; port: string | undefined }
  /** Not a name the gateway answers for. */
  | { kind: 'foreign' };

/** Where the page of `shoal open` is. */
export const clusterPageHost = 'shoal.localhost';

/**
 * `<service>.<namespace>.localhost`, `<service>.localhost` (namespace default) and `<port>.<service>.<namespace>.localhost`,
 * where a port is a name or a number. Anything but `*.localhost` and loopback is foreign: a page that someone else's DNS
 * name points here (DNS rebinding) must not reach the cluster.
 */
export function destinationOf(host: string | undefined): Destination {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))) return { kind: 'index' };
  if (!name.endsWith('.localhost')) return { kind: 'foreign' };
  if (name === clusterPageHost) return { kind: 'cluster' };
  const labels = name.slice(0, -'.localhost'.length).split('.');
  if (labels.some((label) => label === '')) return { kind: 'foreign' };
  const [first = '', second, third] = labels;
  if (second === undefined) return { kind: 'service', namespace: 'default', service: first, port: undefined };
  if (third === undefined) return { kind: 'service', namespace: second, service: first, port: undefined };
  return labels.length === 3 ? { kind: 'service', namespace: third, service: second, port: first } : { kind: 'foreign' };
}
