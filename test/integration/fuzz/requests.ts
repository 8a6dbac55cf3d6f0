import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf } from '../../../src/api/object.ts';
import { allKinds } from '../../../src/api/scheme.ts';
import { type Random, randomOf } from '../../support/random.ts';
import { bodyFor } from './bodies.ts';
import { accepts, oddSegments, oddSubresources, parameters, roots, selectors, tokens, values } from './odd.ts';
import { patchFor } from './patches.ts';

/** Who sends it: the admin, an account that may only get pods, nobody, somebody with a token that does not count. */
export type Sender = 'admin' | 'reader' | 'anonymous' | 'forger';

export interface FuzzRequest {
  sender: Sender;
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  /**
   * `whole` waits for the answer; `dropped` leaves after some milliseconds, whatever has come; `slow` sends the body in pieces and
   * then goes on or leaves; the others write bytes that no HTTP client would.
   */
  way: 'whole' | 'dropped' | 'slow' | 'raw';
  /** For `raw`: what is written, in pieces; the connection is then left open for a while or closed. */
  pieces?: Buffer[];
}

/** The request at `index` of the run of `seed`: the same one each time. */
export function fuzzRequest(seed: number, index: number): FuzzRequest {
  const random = randomOf(seed, index);
  const base = random.chance(0.75) ? resourceRequest(random) : pathRequest(random);
  const sender: Sender = random.chance(0.85) ? 'admin' : random.pick(['reader', 'anonymous', 'forger']);
  const whole: FuzzRequest = { sender, way: 'whole', ...base, headers: { ...base.headers, ...oddHeaders(random) } };
  const way = random.next();
  if (way < 0.02) return { ...whole, way: 'dropped' };
  if (way < 0.03 && whole.body !== undefined) return { ...whole, way: 'slow' };
  if (way < 0.06) return { ...whole, way: 'raw', pieces: rawPieces(whole, random) };
  return whole;
}

type Plain = Pick<FuzzRequest, 'method' | 'path' | 'headers' | 'body'>;

/** Configuration that would change the server for everybody is only tried, never kept. */
const kept = (kind: Kind): boolean =>
  !['admissionregistration.k8s.io', 'apiregistration.k8s.io', 'apiextensions.k8s.io', 'rbac.authorization.k8s.io'].includes(kind.group);
const widgets = {
  group: 'fuzz.example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  schema: '',
  subresources: ['status', 'scale'],
} as unknown as Kind;
const popular = allKinds.filter(({ kind }) =>
  ['ConfigMap', 'Secret', 'Pod', 'Service', 'Deployment', 'CustomResourceDefinition', 'Node', 'Namespace'].includes(kind),
);

function resourceRequest(random: Random): Plain {
  const kind = random.chance(0.1) ? widgets : random.chance(0.5) ? random.pick(popular) : random.pick(allKinds);
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const watch = random.chance(0.02) ? '/watch' : '';
  const namespace = kind.namespaced && random.chance(0.9) ? `/namespaces/${random.chance(0.9) ? 'default' : random.pick(oddSegments)}` : '';
  const collection = `${root}${watch}${namespace}/${kind.plural}`;
  const method = random.pick(['GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'HEAD']);
  const named = method === 'POST' ? random.chance(0.1) : random.chance(method === 'DELETE' ? 0.95 : 0.8);
  const name = random.chance(0.9) ? `f${random.below(12)}` : random.pick(oddSegments);
  const subresource =
    named && random.chance(0.15)
      ? `/${random.chance(0.7) && kind.subresources.length > 0 ? random.pick(kind.subresources) : random.pick(oddSubresources)}`
      : '';
  const path = named ? `${collection}/${name}${subresource}` : collection;
  const query = oddQuery(random, kind, method);
  const body =
    method === 'PATCH'
      ? patchFor(kind, random)
      : method === 'GET' || method === 'HEAD'
        ? undefined
        : method === 'DELETE'
          ? deleteOptions(random)
          : bodyFor(kind, random);
  return {
    method,
    path: query === '' ? path : `${path}?${query}`,
    headers: body === undefined ? {} : { 'content-type': body.contentType },
    body: body?.bytes,
  };
}

const deleteOptions = (random: Random) =>
  random.chance(0.7)
    ? undefined
    : {
        contentType: random.pick(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']),
        bytes: Buffer.from(
          random.pick([
            '{}',
            '[]',
            'null',
            '{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":-5}',
            '{"gracePeriodSeconds":"x"}',
            '{"preconditions":3}',
            '{"preconditions":{"uid":"a"}}',
            '{"propagationPolicy":{}}',
            '{"dryRun":"All"}',
            '{"orphanDependents":1}',
            '{"gracePeriodSeconds":1e400}',
            '{"kind":"Pod"}',
          ]),
        ),
      };

function oddQuery(random: Random, kind: Kind, method: string): string {
  const parts: string[] = [];
  const enc = (text: string): string => (text.includes('%') ? text : encodeURIComponent(text));
  if (!kept(kind) && method !== 'GET') parts.push('dryRun=All');
  if (method === 'PATCH' && random.chance(0.6)) parts.push('fieldManager=fuzz', 'force=true');
  if (method === 'GET' && random.chance(0.1)) parts.push('watch=1', `timeoutSeconds=${random.pick(['1', '2', '1', '99999999999'])}`);
  while (random.chance(0.25)) parts.push(`${random.pick(parameters)}=${enc(random.pick(values))}`);
  if (random.chance(0.06)) parts.push(`${random.pick(['labelSelector', 'fieldSelector'])}=${enc(random.pick(selectors))}`);
  if (random.chance(0.03)) parts.push(`continue=${random.pick(tokens)}`, 'limit=2');
  if (random.chance(0.01)) parts.push(random.pick(['&&&', '=', '%', '?a=b', 'a=1&a=2&a=3', '\xff=\xfe']));
  return parts.join('&');
}

/** Paths that name no resource, or hardly. */
function pathRequest(random: Random): Plain {
  let path = random.pick(roots);
  if (random.chance(0.4)) path += `/${random.pick(oddSegments)}`;
  if (random.chance(0.2)) path = path.replace('/', random.pick(['//', '/./', '/../', '/%2e/', '/%61']));
  if (random.chance(0.02)) path += '/x'.repeat(random.below(8000));
  if (random.chance(0.3)) path += `${path.includes('?') ? '&' : '?'}${random.pick(parameters)}=${random.pick(values)}`;
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH']);
  return { method, path: path.replace(/[ \t\n]/g, '+'), headers: {}, body: method === 'POST' ? Buffer.from('{}') : undefined };
}

function oddHeaders(random: Random): Record<string, string> {
  const headers: Record<string, string> = {};
  if (random.chance(0.3)) headers['accept'] = random.pick(accepts);
  if (random.chance(0.05)) headers['accept-encoding'] = random.pick(['gzip', 'gzip;q=0', 'br', 'identity', '*']);
  if (random.chance(0.03))
    headers['impersonate-user'] = random.pick([
      'bob',
      '',
      'system:serviceaccount:default:x',
      'system:serviceaccount::',
      'system:node:f1',
      'é',
      'system:anonymous',
    ]);
  if (random.chance(0.02)) headers['impersonate-group'] = random.pick(['system:masters', '', 'a,b']);
  if (random.chance(0.01)) headers[`impersonate-extra-${random.pick(['a', '%zz', '%2f', '__proto__'])}`] = 'x';
  if (random.chance(0.01)) headers['x-big'] = 'x'.repeat(random.pick([8_000, 60_000, 70_000, 200_000]));
  if (random.chance(0.01)) for (let at = 0; at < 150; at++) headers[`x-${at}`] = 'y';
  if (random.chance(0.02)) headers['user-agent'] = random.pick(['curl/8', 'Mozilla/5.0', '', '\xff', 'kubectl/v1.36.0 (linux/amd64)']);
  if (random.chance(0.02))
    Object.assign(headers, {
      connection: 'Upgrade',
      upgrade: random.pick(['websocket', 'SPDY/3.1', 'h2c', 'x']),
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version': '13',
    });
  if (random.chance(0.01)) headers['range'] = 'bytes=0-1';
  if (random.chance(0.01)) headers['if-none-match'] = '"x"';
  if (random.chance(0.01)) headers['x-remote-user'] = 'system:admin';
  if (random.chance(0.005)) headers['expect'] = random.pick(['100-continue', 'else']);
  return headers;
}

/** The request as bytes, with something wrong about them. */
function rawPieces({ method, path, body }: FuzzRequest, random: Random): Buffer[] {
  const head = (...lines: string[]): Buffer =>
    Buffer.from(`${[`${method} ${path} HTTP/1.1`, 'host: x', ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  const content = body?.subarray(0, 5000) ?? Buffer.from('{}');
  const chunk = `${content.length.toString(16)}\r\n`;
  return random.pick<() => Buffer[]>([
    () => [head('transfer-encoding: chunked', 'content-type: application/json'), Buffer.from('zz\r\nxx')],
    () => [head('transfer-encoding: chunked', 'content-type: application/json'), Buffer.from(chunk), content.subarray(0, 3)],
    () => [head('transfer-encoding: chunked'), Buffer.from(`${chunk}${content.toString('latin1')}\r\nffffffffffffffff\r\n`, 'latin1')],
    () => [head('transfer-encoding: chunked', `content-length: ${content.length}`), content],
    () => [head('content-length: 100', 'content-type: application/json'), content.subarray(0, 50)],
    () => [head('content-length: 99999999999'), content],
    () => [head('content-length: -1'), content],
    () => [head('content-length: 2', 'content-length: 3'), content],
    () => [Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: x`)],
    () => [Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1')],
    () => [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    () => [Buffer.from(`${method} ${path} HTTP/9.9\r\n\r\n`)],
    () => [Buffer.from(`${method}  ${path}  HTTP/1.1\r\n\r\n`)],
    () => [Buffer.from(`GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n`)],
    () => [Buffer.from('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(50))],
    () => [Buffer.from(Array.from({ length: 200 }, () => random.below(256)))],
    () => [head(`bad header`, ': x', '\x01: y')],
    () => [head('expect: 100-continue', 'content-length: 10')],
    () => [],
  ])();
}
