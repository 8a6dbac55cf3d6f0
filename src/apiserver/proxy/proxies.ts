import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import type { Operation } from '../handle.ts';
import { badRequest, type Call, notFound } from '../rest/call.ts';
import { forward } from './forward.ts';
import type { KubeletIdentity } from './pod-streams.ts';
import { kubeletTarget, splitProxyName, type Target } from './target.ts';

/** The `proxy` subresource of pods, services and nodes: any method, any path below it. */
export function proxyOperations(tls: KubeletIdentity): Record<string, Operation> {
  const run: Operation = async (call) => rewritten(call, await forward(await proxyTarget(call, tls), call.request));
  return { get: run, create: run, update: run, patch: run, delete: run };
}

/** Where a `…/proxy/…` request goes. Also used for connections that switch protocols. */
export async function proxyTarget(call: Call, tls: KubeletIdentity): Promise<Target> {
  const asked = splitProxyName(call.info.name);
  if (asked === undefined) throw badRequest(`invalid ${call.resource.kind.singular} request ${JSON.stringify(call.info.name)}`);
  const search = call.request.query.size === 0 ? '' : `?${call.request.query}`;
  const path = `${call.info.rest === '' ? '/' : call.info.rest}${search}`;
  const { kind } = call.resource;
  if (kind.plural === kinds.Node.plural)
    return kubeletTarget({ store: call.rest.store, tls }, asked.name, path, asked.port === '' ? undefined : Number(asked.port));
  const { host, port } = kind.plural === kinds.Pod.plural ? await podEndpoint(call, asked) : await serviceEndpoint(call, asked);
  return { protocol: asked.scheme === 'https' ? 'https:' : 'http:', host, port, path };
}

type Asked = NonNullable<ReturnType<typeof splitProxyName>>;

async function podEndpoint(call: Call, { name, port, scheme }: Asked): Promise<{ host: string; port: number }> {
  const entry = await call.rest.store.get(objectKey(kinds.Pod, call.info.namespace, name));
  if (entry === undefined) throw notFound(call, name);
  const { spec, status } = entry.object as Pod;
  const host = status?.podIP ?? '';
  if (host === '') throw badRequest('address not allowed');
  if (port !== '') return { host, port: Number(port) };
  const first = (spec?.containers ?? []).flatMap((container) => container.ports ?? [])[0]?.containerPort;
  return { host, port: first ?? (scheme === 'https' ? 443 : 80) };
}

async function serviceEndpoint(call: Call, { name, port }: Asked): Promise<{ host: string; port: number }> {
  const { store, random } = call.rest;
  const { namespace } = call.info;
  const entry = await store.get(objectKey(kinds.Service, namespace, name));
  if (entry === undefined) throw notFound(call, name);
  const { spec } = entry.object as Service;
  const ports = spec?.ports ?? [];
  const wanted =
    port === '' ? (ports.length === 1 ? ports[0] : undefined) : ports.find((one) => one.name === port || String(one.port) === port);
  const portName = wanted === undefined && !/^\d+$/.test(port) ? port : (wanted?.name ?? '');
  const { entries } = await store.list(kindPrefix(kinds.EndpointSlice, namespace));
  const candidates: { host: string; port: number }[] = [];
  for (const { object } of entries) {
    const slice = object as EndpointSlice;
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const number = (slice.ports ?? []).find((one) => (one.name ?? '') === portName)?.port;
    if (number === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const [host] = addresses;
      if (conditions?.ready !== false && host !== undefined) candidates.push({ host, port: number });
    }
  }
  const chosen = candidates[Math.floor(random() * candidates.length)];
  if (chosen === undefined) throw new ApiError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

type Answer = Awaited<ReturnType<typeof forward>>;

/** A redirect to the proxied server's own paths must lead back through the proxy. */
function rewritten(call: Call, answer: Answer): Answer {
  const location = answer.headers?.['location'];
  if (typeof location !== 'string' || !location.startsWith('/')) return answer;
  const { path } = call.request;
  const base = call.info.rest === '' ? path.replace(/\/$/, '') : path.slice(0, path.length - call.info.rest.length);
  return { ...answer, headers: { ...answer.headers, location: `${base}${location}` } };
}
