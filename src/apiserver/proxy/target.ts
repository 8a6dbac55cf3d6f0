import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Node } from '../../api/types/core-v1.ts';
import { objectKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

/** Where a proxied request goes. */
export interface Target {
  protocol: 'http:' | 'https:';
  host: string;
  port: number;
  /** With the query. */
  path: string;
  /** Client credentials and trust for `https:`; absent: any certificate is taken (upstream's default towards pods and services). */
  tls?: { ca: string; cert: string; key: string };
  /** Says all of it for itself, instead of `tls`. */
  https?: { servername: string; rejectUnauthorized: boolean; ca?: string; cert?: string; key?: string };
}

/** How this server reaches kubelets. */
export interface KubeletAccess {
  ca: string;
  cert: string;
  key: string;
  locate?: LocateKubelet;
}
/** Where a node's kubelet listens, where that is not what the Node's status says; undefined when it does not. */
export type LocateKubelet = (nodeName: string) => Promise<{ host: string; port: number } | undefined>;

/** The kubelet of a node, as its status says or as `tls.locate` does; `tls` is the API server's identity towards kubelets. */
export async function kubeletTarget(
  options: { store: Store; tls: KubeletAccess | undefined },
  nodeName: string,
  path: string,
  port?: number,
): Promise<Target> {
  const entry = await options.store.get(objectKey(kinds.Node, undefined, nodeName));
  if (entry === undefined) {
    throw new ApiError('NotFound', `nodes ${JSON.stringify(nodeName)} not found`, { name: nodeName, kind: 'nodes' });
  }
  if (options.tls === undefined) throw new ApiError('ServiceUnavailable', 'this server has no certificate to present to kubelets');
  const { locate, ...tls } = options.tls;
  if (locate !== undefined) {
    const found = await locate(nodeName);
    if (found === undefined) throw new ApiError('ServiceUnavailable', `the kubelet of node ${nodeName} does not answer`);
    return { protocol: 'https:', ...found, path, tls };
  }
  const { status } = entry.object as Node;
  const address = preferredAddress(status?.addresses ?? []);
  if (address === undefined)
    throw new ApiError('InternalError', `Internal error occurred: no preferred addresses found; known addresses: []`);
  return { protocol: 'https:', host: address, port: port ?? status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250, path, tls };
}

/** By type in the order InternalIP, ExternalIP, Hostname. */
function preferredAddress(addresses: readonly { type: string; address: string }[]): string | undefined {
  for (const wanted of ['InternalIP', 'ExternalIP', 'Hostname']) {
    const found = addresses.find(({ type }) => type === wanted);
    if (found !== undefined) return found.address;
  }
  return undefined;
}

/** `[scheme:]name[:port]` as proxy paths write it (upstream: SplitSchemeNamePort). */
export function splitProxyName(text: string): { scheme: string; name: string; port: string } | undefined {
  const parts = text.split(':');
  const [a = '', b = '', c = ''] = parts;
  if (parts.length === 1) return { scheme: '', name: a, port: '' };
  if (parts.length === 2) return { scheme: '', name: a, port: b };
  if (parts.length === 3 && (a === '' || a === 'http' || a === 'https')) return { scheme: a, name: b, port: c };
  return undefined;
}
