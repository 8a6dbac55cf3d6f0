import { join } from 'node:path';
import { readServerConfig, readServerPki } from '../cluster/role-config.ts';
import { startExposing } from '../gateway/expose/expose.ts';
import { startGateway } from '../gateway/gateway.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { systemClock } from '../util/clock.ts';
import { createLogger } from '../util/log.ts';
import { clusterPage } from './cluster-page.ts';
import { startControlPlane } from './control-plane.ts';
import { loadOfProcess } from './load.ts';
import { terminated } from './process.ts';
import { runSimulatedServer } from './simulated-server.ts';
import { warmUpWhenIdle } from './warm-up.ts';

/** `shoal server`, or `shoal server --simulated <directory>` for a cluster without containers. */
export async function runServer(args: readonly string[] = []): Promise<void> {
  const [mode, directory] = args;
  if (mode === '--simulated' && directory !== undefined) await runSimulatedServer(directory);
  else await runNodeServer();
}

/** The control plane and the gateway of one cluster, inside its control-plane node. Ends with SIGTERM. */
async function runNodeServer(): Promise<void> {
  const log = createLogger('server');
  const clock = systemClock;
  const config = readServerConfig();
  const pki = readServerPki(config.pki);
  const store = await openSqliteStore(join(config.data, 'store.db'), { clock, log: log.for('store') });
  const plane = await startControlPlane({
    store,
    clock,
    log,
    networking: config.networking,
    controllers: config.controllers,
    timeline: { path: join(config.data, 'timeline.db'), busy: loadOfProcess() },
    pki,
    resetPoint: join(config.data, 'reset-point.jsonl.zst'),
    advertise: { address: config.nodeIP, port: config.apiServer.port },
    // runit starts it again.
    exit: () => process.exit(1),
  });
  await plane.apiServer.listen({ host: config.apiServer.host, port: config.apiServer.port });
  const stop = new AbortController();
  await startGateway({
    informers: plane.informers,
    host: config.gateway.host,
    port: config.gateway.port,
    publishedPort: Number(new URL(config.gateway.publicURL).port),
    clusterPage: clusterPage(config.cluster, plane, { clock, signal: stop.signal }),
    clock,
    log: log.for('gateway'),
    signal: stop.signal,
  });
  startExposing({
    client: plane.client,
    informers: plane.informers,
    host: config.gateway.host,
    pool: config.gateway.pool ?? [],
    clock,
    log: log.for('expose'),
    signal: stop.signal,
  });
  log.info(`cluster ${config.cluster}: API server and gateway answer`);
  void warmUpWhenIdle({ pki, clock, log: log.for('warm-up'), signal: stop.signal });
  await terminated();
  stop.abort();
  await plane.stop();
}
