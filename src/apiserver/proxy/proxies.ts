import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { objectKey } from '../../store/keys.ts';
import type { Operation } from '../handle.ts';
import { badRequest, type Call, notFound } from '../rest/call.ts';
import { serviceEndpoint } from '../service/endpoint.ts';
import { admitConnect } from './connect.ts';
import { forward } from './forward.ts';
import type { KubeletIdentity } from './pod-streams.ts';
import { kubeletTarget, splitProxyName, type Target } from './target.ts';

/** The `proxy` subresource of pods, services and nodes: any method, any path below it. */
export function proxyOperations(tls: KubeletIdentity): Record<string, Operation> {
  const run: Operation = async (call) => {
    await admitConnect(call);
    return rewritten(call, await forward(await proxyTarget(call, tls), call.request));
  };
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
  const { host, port } =
    kind.plural === kinds.Pod.plural
      ? await podEndpoint(call, asked)
      : await serviceEndpoint(call.rest, { ...asked, namespace: call.info.namespace });
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

type Answer = Awaited<ReturnType<typeof forward>>;

/** A redirect to the proxied server's own paths must lead back through the proxy. */
function rewritten(call: Call, answer: Answer): Answer {
  const location = answer.headers?.['location'];
  if (typeof location !== 'string' || !location.startsWith('/')) return answer;
  const { path } = call.request;
  const base = call.info.rest === '' ? path.replace(/\/$/, '') : path.slice(0, path.length - call.info.rest.length);
  return { ...answer, headers: { ...answer.headers, location: `${base}${location}` } };
}
