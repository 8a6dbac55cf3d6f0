import { closeSync, existsSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { kinds } from '../api/scheme.ts';
import { simulatedNodes } from '../api/simulated.ts';
import type { Node } from '../api/types/core-v1.ts';
import { heartbeatOf } from '../cluster/node-files.ts';
import { type NodePlace, networkingOf, placeNodes } from '../cluster/plan.ts';
import { readServerPki } from '../cluster/role-config.ts';
import { type ClusterFiles, filesIn, readRecord, writeJson } from '../cluster/simulated/files.ts';
import { nodeObject, simulatedNodeSubnet, statusOfNode } from '../cluster/simulated/node-objects.ts';
import { type Report, reportDescriptor } from '../cluster/simulated/process.ts';
import { type ClusterNodeSpec, controlPlaneOf } from '../cluster/spec.ts';
import { startGateway } from '../gateway/gateway.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { systemClock } from '../util/clock.ts';
import { messageOf, ShoalError } from '../util/errors.ts';
import { createLogger, type Logger } from '../util/log.ts';
import { clusterPage } from './cluster-page.ts';
import type { ControlPlane } from './control-plane.ts';
import { startInProcessCluster } from './in-process-cluster.ts';
import { loadOfProcess } from './load.ts';
import { terminated } from './process.ts';
import { warmUpWhenIdle } from './warm-up.ts';

const clock = systemClock;
const unreachable = 'The nodes of this cluster are simulated: its pods run no programs and have no network.';
/** Changes of nodes come in bursts; milliseconds. */
const recordPauseMs = 100;

/**
 * `shoal server --simulated <directory>`: a whole cluster in one process, its nodes simulated, its state in the directory.
 * Ends with SIGTERM. Reports once, to who started it, that it is ready or why it cannot be; nobody left to hear that means
 * that nobody wants it any more.
 */
export async function runSimulatedServer(directory: string): Promise<void> {
  const log = createLogger('server');
  const ending = terminated();
  try {
    const stop = await start(filesIn(directory), log);
    report({ ready: true });
    await ending;
    await stop();
  } catch (thrown) {
    log.error(messageOf(thrown));
    if (thrown instanceof ShoalError) {
      report({ ready: false, code: thrown.code, message: thrown.message, ...(thrown.next === undefined ? {} : { next: thrown.next }) });
    }
    process.exit(1);
  }
}

async function start(files: ClusterFiles, log: Logger): Promise<() => Promise<void>> {
  const record = await readRecord(files);
  if (record === undefined) {
    throw new ShoalError('CLUSTER_NOT_FOUND', `${files.directory} holds no cluster`, { next: 'Make one with `shoal up --simulate`.' });
  }
  const { spec } = record;
  const fresh = !existsSync(files.store);
  const pki = readServerPki(files.pki);
  // The store's own lock keeps out a second process; only then is the socket ours to replace.
  const store = await openSqliteStore(files.store, { clock, log: log.for('store') });
  await showLife(files);
  const places = placeNodes(spec, simulatedNodeSubnet);
  const address = places.get(controlPlaneOf(spec).name)?.ip ?? '';
  const { apiServerAddress: host, apiServerPort, gatewayPort } = spec.networking;
  const renewal = heartbeatOf(spec.controllers).nodeLeaseRenewIntervalMs;
  // Only in a new store: afterwards the store says which nodes there are.
  const nodes = fresh ? spec.nodes.flatMap((node) => nodeWith(node, places.get(node.name))) : [];
  const cluster = await startInProcessCluster({
    store,
    clock,
    log,
    networking: networkingOf(spec),
    controllers: spec.controllers,
    timeline: { path: files.timeline, busy: loadOfProcess() },
    pki,
    nodes,
    resetPoint: files.resetPoint,
    advertise: { address, port: apiServerPort },
    ...(renewal === undefined ? {} : { leaseRenewMs: renewal }),
  });
  const { plane } = cluster;
  await listening(apiServerPort, 'the API server', () => plane.apiServer.listen({ host, port: apiServerPort }));
  const stop = new AbortController();
  recordNodes(plane, files, log, stop.signal);
  const { informers } = plane;
  await listening(gatewayPort, 'the gateway', () =>
    startGateway({
      informers,
      clock,
      signal: stop.signal,
      host,
      port: gatewayPort,
      unreachable,
      clusterPage: clusterPage(spec.name, plane, { clock, signal: stop.signal }),
      log: log.for('gateway'),
    }),
  );
  log.info(`cluster ${spec.name}: API server and gateway answer`);
  void warmUpWhenIdle({ pki, clock, log: log.for('warm-up'), signal: stop.signal });
  return async () => {
    stop.abort();
    await cluster.stop();
  };
}

const nodeWith = (node: ClusterNodeSpec, place: NodePlace | undefined): Node[] => (place === undefined ? [] : [nodeObject(node, place)]);

/** From now on and for as long as this process lives, others can tell that it does. */
async function showLife(files: ClusterFiles): Promise<void> {
  await Promise.all([rm(files.socket, { force: true }), writeJson(files.pid, process.pid)]);
  const server = createServer((socket) => socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(files.socket, () => resolve());
  });
  server.unref();
}

/** Keeps the file that says which nodes the cluster has while it does not run. */
function recordNodes({ informers }: ControlPlane, files: ClusterFiles, log: Logger, signal: AbortSignal): void {
  const nodes = informers.informer(kinds.Node);
  let last = '';
  let planned = false;
  const write = async (): Promise<void> => {
    planned = false;
    const marked = nodes.list().filter((node) => node.metadata.labels?.[simulatedNodes.label] === 'true');
    const shown = marked.map(statusOfNode);
    const text = JSON.stringify(shown);
    if (text === last || signal.aborted) return;
    last = text;
    await writeJson(files.nodes, shown);
  };
  const plan = (): void => {
    if (planned) return;
    planned = true;
    clock.after(recordPauseMs, () => void write().catch((thrown: unknown) => log.warn(`recording the nodes: ${messageOf(thrown)}`)), {
      unref: true,
    });
  };
  nodes.on({ add: plan, update: plan, delete: plan });
}

async function listening(port: number, purpose: string, listen: () => Promise<unknown>): Promise<void> {
  try {
    await listen();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new ShoalError('PORT_TAKEN', `port ${port}, which ${purpose} listens at, is in use`, {
      next: 'Free it, or make the cluster anew with another port.',
      cause,
    });
  }
}

function report(what: Report): void {
  writeSync(reportDescriptor, JSON.stringify(what));
  closeSync(reportDescriptor);
}
