import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'http-proxy-3';
import { kinds } from '../api/scheme.ts';
import type { InformerFactory } from '../client/informer.ts';
import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { type Backend, backendsOf, choosePort } from './backends.ts';
import { dialer } from './dial.ts';
import { whyEmpty } from './explain.ts';
import { clusterPageHost, destinationOf } from './host.ts';
import { followLostNodes } from './lost-nodes.ts';
import { type Page, render } from './page.ts';

export interface GatewayOptions {
  informers: InformerFactory;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The port that people type, where it differs from `port` (a published port); for links. */
  publishedPort?: number;
  /** Why no pod can be reached, in a cluster whose pods have no network: shown instead of trying their addresses, which may be a stranger's. */
  unreachable?: string;
  /** Answers at `shoal.localhost`; that name is nobody's where it is absent. */
  clusterPage?: (request: IncomingMessage, response: ServerResponse) => void;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** Where a request goes, or the page that says why it goes nowhere. */
type Route = { kind: 'cluster' } | { kind: 'backends'; key: string; backends: Backend[] } | { kind: 'page'; status: number; page: Page };

/**
 * The way from the laptop to Services: `http://<service>.<namespace>.localhost:<port>/` is proxied to one of the service's
 * ready endpoints, WebSockets and streams included. Resolves when it listens and knows the cluster's services.
 */
export async function startGateway(options: GatewayOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { informers, clock, log, signal } = options;
  const services = informers.informer(kinds.Service);
  const slices = informers.informer(kinds.EndpointSlice);
  const pods = informers.informer(kinds.Pod);
  slices.addIndex('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`]);
  const lostNodes = followLostNodes(informers.informer(kinds.Node));
  const dial = dialer(clock);
  const proxy = createProxyServer({ xfwd: true });
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });

  function route(host: string | undefined): Route {
    const destination = destinationOf(host);
    if (destination.kind === 'foreign') {
      const lines = [`This gateway answers for *.localhost and loopback names only, not for ${host ?? 'a request without a Host'}.`];
      return { kind: 'page', status: 421, page: { title: 'Not a name of this cluster', lines } };
    }
    if (destination.kind === 'index') return { kind: 'page', status: 200, page: indexPage(host ?? 'localhost') };
    if (destination.kind === 'cluster') {
      if (options.clusterPage !== undefined) return { kind: 'cluster' };
      const lines = ['This cluster has no page of its own.'];
      return { kind: 'page', status: 404, page: { title: 'No such page', lines } };
    }
    const { namespace, service: name, port: wanted } = destination;
    const key = `${namespace}/${name}`;
    const service = services.get(key);
    if (service === undefined) return { kind: 'page', status: 404, page: unknownPage(namespace, name) };
    const port = choosePort(service, wanted);
    if (port === undefined) {
      const known = (service.spec?.ports ?? [])
        .map((one) => (one.name === undefined ? String(one.port) : `${one.name} (${one.port})`))
        .join(', ');
      const lines = [
        `Service ${name} in namespace ${namespace} has no TCP port ${wanted ?? ''}. It has: ${known === '' ? 'none' : known}.`,
      ];
      return { kind: 'page', status: 404, page: { title: 'No such port', lines } };
    }
    const backends = backendsOf(slices.byIndex('service', key), port);
    if (backends.length > 0 && options.unreachable !== undefined) {
      const lines = [options.unreachable, `Service ${name} has ${backends.length} ready endpoints: ${backends.map(whereOf).join(', ')}.`];
      return { kind: 'page', status: 502, page: { title: `Service ${name} cannot be reached`, lines } };
    }
    if (backends.length > 0) return { kind: 'backends', key: `${key}:${port.port}`, backends };
    const commands = [`kubectl -n ${namespace} describe service ${name}`, `kubectl -n ${namespace} get pods`];
    return {
      kind: 'page',
      status: 503,
      page: { title: `Service ${name} has no ready endpoints`, lines: whyEmpty(service, pods.list(namespace)), commands },
    };
  }

  function indexPage(host: string): Page {
    const suffix = /:\d+$/.exec(host)?.[0] ?? `:${options.publishedPort ?? options.port}`;
    const links = services
      .list()
      .filter((service) => choosePort(service, undefined) !== undefined && service.metadata.namespace !== 'kube-system')
      .filter((service) => !(service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes'))
      .map((service) => {
        const name = `${service.metadata.name}.${service.metadata.namespace}`;
        return {
          href: `http://${name}.localhost${suffix}/`,
          text: name,
          note: `ports ${(service.spec?.ports ?? []).map((port) => port.port).join(', ')}`,
        };
      });
    const lines =
      links.length > 0
        ? ['Services of this cluster:']
        : [
            'This cluster has no Services yet. One called web in namespace default would answer at the address below.',
            `http://web.default.localhost${suffix}/`,
          ];
    const page = { href: `http://${clusterPageHost}${suffix}/`, text: 'this cluster, live', note: 'what `shoal open` shows' };
    return { title: 'Shoal gateway', lines, links: options.clusterPage === undefined ? links : [page, ...links] };
  }

  function unknownPage(namespace: string, name: string): Page {
    const near = services.list().filter((service) => service.metadata.name === name);
    const others = near.map((service) => `There is one of that name in namespace ${service.metadata.namespace}.`);
    return {
      title: 'No such Service',
      lines: [`There is no Service ${name} in namespace ${namespace}.`, ...others],
      commands: [`kubectl get services --all-namespaces`],
    };
  }

  function answer(response: ServerResponse, status: number, page: Page, request: IncomingMessage): void {
    const { type, body } = render(page, request.headers.accept);
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  const unreachable = (backends: readonly Backend[], failure: Error): Page => ({
    title: 'No endpoint accepts connections',
    lines: [`Tried ${backends.map(whereOf).join(', ')}.`, `The last failure: ${failure.message}. Pods of simulated nodes have no network.`],
  });

  async function web(request: IncomingMessage, response: ServerResponse, tries = 0): Promise<void> {
    const found = route(request.headers.host);
    if (found.kind === 'page') {
      answer(response, found.status, found.page, request);
      return;
    }
    if (found.kind === 'cluster') {
      options.clusterPage?.(request, response);
      return;
    }
    const dialed = await dial(found.key, found.backends);
    if (dialed.backend === undefined) {
      answer(response, 502, unreachable(found.backends, dialed.failure), request);
      return;
    }
    const { backend, socket } = dialed;
    // What can be asked again elsewhere does not wait for a node that is no more.
    const lost = (): void => {
      if (!response.headersSent) socket.destroy(new Error(`node ${backend.node} was lost before it answered`));
    };
    const stopWaiting = backend.node === undefined || !repeatable(request) ? undefined : lostNodes.wait(backend.node, lost);
    if (stopWaiting !== undefined) response.once('close', stopWaiting);
    proxy.web(request, response, { target: `http://${backend.ip}:${backend.port}`, agent: agentOf(socket) }, (failure) => {
      stopWaiting?.();
      socket.destroy();
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      // Nothing was answered and asking again changes nothing: a pod that died under the request is not the client's problem.
      if (tries < 3 && repeatable(request)) void web(request, response, tries + 1);
      else answer(response, 502, unreachable([backend], failure), request);
    });
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const found = route(request.headers.host);
    const dialed = found.kind === 'backends' ? await dial(found.key, found.backends) : undefined;
    if (dialed?.backend === undefined) {
      const status = found.kind === 'page' && found.status >= 400 ? found.status : 502;
      socket.end(`HTTP/1.1 ${status} Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = `ws://${dialed.backend.ip}:${dialed.backend.port}`;
    proxy.ws(request, socket as Socket, head, { target, agent: agentOf(dialed.socket) }, () => socket.destroy());
  }

  server.on('request', (request, response) => {
    void web(request, response).catch((thrown: unknown) => {
      log.error(`${request.method} ${request.headers.host}${request.url}: ${messageOf(thrown)}`);
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    void upgrade(request, socket, head).catch(() => socket.destroy());
  });

  await Promise.all([services.synced(), slices.synced(), pods.synced()]);
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve((server.address() as AddressInfo).port));
  });
  log.info(`gateway listens on ${options.host}:${port}`);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  signal.addEventListener('abort', () => void close(), { once: true });
  return { port, close };
}

const whereOf = ({ pod, ip, port, node }: Backend): string =>
  `${pod ?? 'an endpoint'} at ${ip}:${port}${node === undefined ? '' : ` on ${node}`}`;

/** An agent whose only connection is the one that already stands. */
function agentOf(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => socket;
  return agent;
}

/** Without a body and without side effects (RFC 9110 "safe"). */
const repeatable = (request: IncomingMessage): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  request.headers['content-length'] === undefined &&
  request.headers['transfer-encoding'] === undefined;
