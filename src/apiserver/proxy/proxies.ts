import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { objectKey } from '../../store/keys.ts';
import type { Operation } from '../handle.ts';
import { badRequest, type Call, notFound } from '../rest/call.ts';
import { serviceEndpoint } from '../service/endpoint.ts';
import { admitConnect } from './connect.ts';
import { forward } from './forward.ts';
import { type ProxiedAt, rewriteLink, rewritingHtml } from './links.ts';
import type { KubeletIdentity } from './pod-streams.ts';
import { kubeletTarget, splitProxyName, type Target } from './target.ts';

/** The `proxy` subresource of pods, services and nodes: any method, any path below it. */
export function proxyOperations(tls: KubeletIdentity): Record<string, Operation> {
  const run: Operation = async (call) => {
    await admitConnect(call);
    const target = await proxyTarget(call, tls);
    const { method, path, query } = call.request;
    // So that the relative links of the page at the root lead below the proxy.
    if (call.info.rest === '' && (method === 'GET' || method === 'HEAD')) {
      const location = `${path}/${query.size === 0 ? '' : `?${query}`}`;
      return { status: 301, headers: { location }, body: { kind: 'raw', contentType: 'text/plain', data: '' } };
    }
    return rewritten(call, target, await forward(target, call.request));
  };
  // OPTIONS has no verb.
  return { get: run, create: run, update: run, patch: run, delete: run, '': run };
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

/** A redirect, or the links of a page, to the proxied server's own paths must lead back through the proxy (upstream: proxy.Transport). */
function rewritten(call: Call, target: Target, answer: Answer): Answer {
  const { path, method, headers } = call.request;
  const askedHost = headers['host'];
  const at: ProxiedAt = {
    prefix: call.info.rest === '' ? path.replace(/\/$/, '') : path.slice(0, path.length - call.info.rest.length),
    host: `${target.host}:${target.port}`,
    ...(askedHost === undefined ? {} : { askedHost }),
  };
  const location = answer.headers?.['location'];
  if (typeof location === 'string') return { ...answer, headers: { ...answer.headers, location: rewriteLink(location, at) } };
  const { body } = answer;
  const isPage = body.kind === 'raw' && body.contentType.split(';')[0]?.trim() === 'text/html' && method !== 'HEAD';
  if (!isPage || !(body.data instanceof Readable)) return answer;
  const { 'content-length': _, ...rest } = answer.headers ?? {};
  const encoding = rest['content-encoding'] ?? 'identity';
  // A failure of one of them is one of the last one, which is the one that is read.
  const through = (...steps: Transform[]): Answer => ({
    ...answer,
    headers: rest,
    body: { ...body, data: steps.reduce<Readable>((from, to) => pipeline(from, to, () => undefined), body.data as Readable) },
  });
  if (encoding === 'identity') return through(rewritingHtml(at));
  return encoding === 'gzip' ? through(createGunzip(), rewritingHtml(at), createGzip()) : answer;
}
