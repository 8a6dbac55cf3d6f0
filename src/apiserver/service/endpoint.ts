import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';

export interface Endpoint {
  host: string;
  port: number;
}

export interface ServicePlace {
  namespace: string;
  name: string;
  /** A port's number or name; empty takes the only port. */
  port: string;
}

/** Services over the store's state; `random` spreads requests over their endpoints. */
export interface EndpointSource {
  store: Store;
  random: () => number;
}

export const noSuchService = (name: string): ApiError =>
  new ApiError('NotFound', `services ${JSON.stringify(name)} not found`, { name, kind: 'services' });

/**
 * One ready endpoint of a Service. Its pods are reached directly, so that this works where nothing translates cluster
 * addresses (upstream: proxy.ResolveEndpoint). Throws 404 without the Service, 503 when nothing is behind it.
 */
export async function serviceEndpoint({ store, random }: EndpointSource, { namespace, name, port }: ServicePlace): Promise<Endpoint> {
  const entry = await store.get(objectKey(kinds.Service, namespace, name));
  if (entry === undefined) throw noSuchService(name);
  const { spec } = entry.object as Service;
  if (spec?.type === 'ExternalName') return { host: spec.externalName ?? '', port: Number(port === '' ? 443 : port) };
  const ports = spec?.ports ?? [];
  const wanted =
    port === '' ? (ports.length === 1 ? ports[0] : undefined) : ports.find((one) => one.name === port || String(one.port) === port);
  if (wanted === undefined && /^\d+$/.test(port)) {
    throw new ApiError('ServiceUnavailable', `no service port ${port} found for service ${JSON.stringify(name)}`);
  }
  const portName = wanted === undefined ? port : (wanted.name ?? '');
  const candidates = readyEndpoints(await slicesOf(store, namespace, name), portName);
  const chosen = candidates[Math.floor(random() * candidates.length)];
  if (chosen === undefined) throw new ApiError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

/** The slices that belong to a Service. */
export async function slicesOf(store: Store, namespace: string, name: string): Promise<EndpointSlice[]> {
  const { entries } = await store.list(kindPrefix(kinds.EndpointSlice, namespace));
  return entries
    .map(({ object }) => object as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
}

export function readyEndpoints(slices: readonly EndpointSlice[], portName: string): Endpoint[] {
  return slices.flatMap(({ ports, endpoints }) => {
    const port = (ports ?? []).find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) return [];
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses: [host] }) => (host === undefined ? [] : [{ host, port }]));
  });
}
