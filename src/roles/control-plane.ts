import { kinds } from '../api/scheme.ts';
import { isAlreadyExists } from '../api/status.ts';
import { loopbackUser, type UserInfo } from '../apiserver/auth/user.ts';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../apiserver/server.ts';
import { type ClusterState, createClusterState } from '../apiserver/state/cluster-state.ts';
import { statePaths } from '../apiserver/state/paths.ts';
import { faultDefinition } from '../chaos/crd.ts';
import type { Client } from '../client/client.ts';
import { createGate } from '../client/gate.ts';
import { createInProcessClient } from '../client/in-process.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createInformerFactory } from '../client/informers.ts';
import { createPart, informersUntil } from '../client/part.ts';
import type { ControllerSettings, NetworkingConfig, ServerPki } from '../cluster/role-config.ts';
import { startControllers } from '../controllers/manager.ts';
import { createDecisionRecord } from '../scheduler/decision-record.ts';
import { startScheduler } from '../scheduler/scheduler.ts';
import type { Store } from '../store/store.ts';
import { createTimeline, type TimelineOptions } from '../timeline/timeline.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { serveFaults } from './faults.ts';
import { createFront } from './front.ts';
import { record } from './record.ts';
import { shoalPaths } from './shoal-paths.ts';

export interface ControlPlaneOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  networking: NetworkingConfig;
  controllers?: ControllerSettings;
  /** Absent in clusters that are used in process alone. */
  pki?: ServerPki;
  /** See `ApiServerOptions`. */
  locateKubelet?: ApiServerOptions['locateKubelet'];
  /** Records what happens, for `shoal timeline`; off by default. */
  timeline?: Pick<TimelineOptions, 'path' | 'bytes' | 'busy'>;
  /** See `ApiServerOptions`. */
  audit?: ApiServerOptions['audit'];
  /** What pods are told to reach the API server at. */
  advertise?: { address: string; port: number };
  /** Where the state that `reset` goes back to is kept over restarts; absent: in memory alone. */
  resetPoint?: string;
  /** Ends this process, in the knowledge that someone starts it again; absent where nobody would. */
  exit?: () => void;
  /** Uniform in [0, 1); a seeded one makes a run repeatable. */
  random?: () => number;
  /** For a cluster whose nodes are all in this process. */
  inProcess?: InProcessParts;
}

/** What a cluster in one process need not do over its API. */
export interface InProcessParts {
  /** When a node's kubelet was last known to run; stands for its lease. */
  lastSeen(node: string): number | undefined;
  /** Told of every request of this process's own clients while it is being answered. */
  track<T>(answer: Promise<T>): Promise<T>;
}

export interface ControlPlane {
  apiServer: ApiServer;
  /** A client with all rights, without HTTP. */
  client: Client;
  /** One set of caches for all that runs in the process. */
  informers: InformerFactory;
  /** Takes all of the API's state out, and brings it back while everything runs. */
  state: ClusterState;
  /** Resolves when Faults are acted on, or the control plane stops. */
  faults: Promise<void>;
  stop(): Promise<void>;
}

const identity = (name: string): UserInfo => ({ ...loopbackUser, name });

/**
 * API server, controllers and scheduler over one store, wired in process. Resolves when the API answers and all of them
 * run.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, clock, log, networking, pki, advertise, random, inProcess } = options;
  const decisions = createDecisionRecord();
  const gate = createGate(clock);
  let faults = Promise.resolve();
  const state = createClusterState({
    store,
    quietly: gate.hold,
    settled: () => faults,
    ...(pki === undefined ? {} : { rootCA: pki.ca.cert }),
    ...(options.resetPoint === undefined ? {} : { file: options.resetPoint }),
  });
  const timeline = options.timeline === undefined ? undefined : createTimeline({ ...options.timeline, clock, log: log.for('timeline') });
  const stop = new AbortController();
  const front = createFront();
  const apiServer = createApiServer({
    store,
    hold: front.hold,
    clock,
    log: log.for('apiserver'),
    serviceCIDR: networking.serviceSubnet,
    nodePortRange: networking.nodePortRange,
    clusterDomain: networking.clusterDomain,
    definitions: [faultDefinition],
    paths: shoalPaths({ decisions, state: statePaths(state), timeline, clock }),
    ...(options.controllers?.defaultTolerationSeconds === undefined
      ? {}
      : { defaultTolerationSeconds: options.controllers.defaultTolerationSeconds }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    ...(timeline === undefined ? {} : { answered: timeline.answered }),
    ...(random === undefined ? {} : { random }),
    ...(advertise === undefined ? {} : { advertise }),
    ...(options.locateKubelet === undefined ? {} : { locateKubelet: options.locateKubelet }),
    ...(pki === undefined
      ? {}
      : { pki: { ca: pki.ca.cert, serving: pki.apiServer, kubeletClient: pki.kubeletClient }, serviceAccountKey: pki.serviceAccount }),
  });
  await apiServer.bootstrap();
  if (timeline !== undefined) await record(store, timeline);
  const track = inProcess?.track ?? (<T>(answer: Promise<T>): Promise<T> => answer);
  const unheld = (name: string): Client => createInProcessClient((request) => track(apiServer.handle(request, identity(name))));
  const client = (name: string): Client =>
    createInProcessClient(async (request) => {
      const still = front.hold(request);
      if (still !== undefined) await still;
      return track(apiServer.handle(request, identity(name)));
    });
  const admin = client('system:admin');
  await createDnsService(admin, networking);
  const informers = createInformerFactory({
    client: client('system:informers'),
    clock,
    log: log.for('informers'),
    ...(random === undefined ? {} : { random }),
    ...(inProcess === undefined ? {} : { bookmarks: false }),
  });
  const scheduler = createPart(stop.signal, ({ signal, hold }) =>
    startScheduler({
      client: client('system:kube-scheduler'),
      informers: informersUntil(signal, informers),
      clock,
      log: log.for('scheduler'),
      signal,
      hold,
      gate,
      observe: decisions.observe,
      ...(random === undefined ? {} : { random }),
    }),
  );
  const [controllers] = await Promise.all([
    startControllers({
      client: client('system:kube-controller-manager'),
      informers,
      clock,
      log: log.for('controllers'),
      signal: stop.signal,
      gate,
      config: {
        ...definedOnly(options.controllers ?? {}),
        clusterCIDR: networking.podSubnet,
        issueSecretToken: apiServer.issueSecretToken,
        ...(inProcess === undefined ? {} : { lastSeen: inProcess.lastSeen }),
        ...(pki === undefined ? {} : { rootCA: pki.ca.cert, clusterSigning: pki.ca }),
      },
    }),
    scheduler.start(),
  ]);
  faults = serveFaults({
    client: unheld('system:shoal:chaos'),
    informers,
    clock,
    log: log.for('chaos'),
    signal: stop.signal,
    plane: { clock, scheduler, controllers, apiServer: front, exit: options.exit },
  });
  return {
    apiServer,
    client: admin,
    informers,
    state,
    faults,
    async stop() {
      stop.abort();
      front.resume();
      informers.stop();
      await apiServer.close();
      timeline?.close();
      await store.close();
    },
  };
}

/**
 * Cluster DNS is answered by every node itself; this Service names its address, so that nothing else is given it and that
 * clients which look for `kube-dns` find it.
 */
async function createDnsService(client: Client, { clusterDNS }: NetworkingConfig): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS', 'kubernetes.io/cluster-service': 'true' };
  await client
    .create(kinds.Service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
      spec: {
        clusterIP: clusterDNS,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        ],
      },
    })
    .catch((thrown: unknown) => {
      if (!isAlreadyExists(thrown)) throw thrown;
    });
}

function definedOnly<T extends object>(settings: T): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>;
}
