import { kinds } from '../api/scheme.ts';
import { createHttpsClient } from '../client/https.ts';
import { createInformerFactory } from '../client/informers.ts';
import { untilReachable } from '../client/reachable.ts';
import { type KeyPair, nodePaths, readKubeletConfig, readKubeletPki } from '../cluster/role-config.ts';
import { startKubelet } from '../kubelet/kubelet.ts';
import { readNodeCapacity, readSystemInfo } from '../kubelet/node/node-capacity.ts';
import { readNodeUsage } from '../kubelet/node/node-usage.ts';
import { createNodeControls, skewable, withPullFaults } from '../kubelet/node-controls.ts';
import { createDockerRuntime } from '../kubelet/runtime/docker/docker.ts';
import { waitForEngine } from '../kubelet/runtime/docker/wait-for-engine.ts';
import { startKubeletServer } from '../kubelet/server/server.ts';
import { startNodeNetwork } from '../network/network.ts';
import { systemClock } from '../util/clock.ts';
import { createLogger } from '../util/log.ts';
import { gone } from './gone.ts';
import { runNodeFaults } from './node-faults.ts';
import { terminated } from './process.ts';

/** `shoal kubelet`: pods, network and DNS of one node, inside its container. Ends with SIGTERM; pods keep running. */
export async function runKubelet(): Promise<void> {
  const log = createLogger('kubelet');
  const clock = systemClock;
  const config = readKubeletConfig();
  const pki = readKubeletPki(config.pki);
  const { networking, nodeName, nodeIP, podCIDR } = config;
  const connect = (as: KeyPair, userAgent: string) =>
    createHttpsClient({ server: config.apiServer, ca: pki.ca, cert: as.cert, key: as.key, clock, userAgent });
  const client = connect(pki.client, `kubelet/${nodeName}`);
  // A kubelet may read its own node and pods alone; pod routes, Services and DNS are about all of them.
  const networkClient = connect(pki.network, `node-network/${nodeName}`);
  const stop = new AbortController();
  const engine = waitForEngine(config.dockerSocket, stop.signal);
  // All nodes of a new cluster start at once, and the one with the API server takes longest.
  await untilReachable(config.apiServer, { clock, log, signal: stop.signal });
  const informers = createInformerFactory({ client, clock, log: log.for('informers') });
  const networkInformers = createInformerFactory({ client: networkClient, clock, log: log.for('network informers') });
  const pods = informers.informer(kinds.Pod, { fieldSelector: `spec.nodeName=${nodeName}` });
  const controls = createNodeControls();
  const docker = createDockerRuntime({ clock, log: log.for('runtime'), socketPath: config.dockerSocket });
  const runtime = withPullFaults(docker, controls, clock);
  // A node is Ready only when pods can run, reach each other and find names; the two get there side by side.
  const network = startNodeNetwork({
    informers: networkInformers,
    pods,
    nodeName,
    podCIDR,
    clusterCIDR: networking.podSubnet,
    serviceCIDR: networking.serviceSubnet,
    clusterDNS: networking.clusterDNS,
    clusterDomain: networking.clusterDomain,
    clock,
    log: log.for('network'),
    signal: stop.signal,
  });
  const [capacity, system] = await Promise.all([readNodeCapacity(config.data), readSystemInfo(), network, engine]);
  await gone(nodePaths.hold);
  const kubelet = await startKubelet({
    nodeName,
    nodeIP,
    podCIDR,
    client,
    informers,
    runtime,
    clock: skewable(clock, controls),
    log,
    signal: stop.signal,
    clusterDNS: networking.clusterDNS,
    clusterDomain: networking.clusterDomain,
    capacity,
    system,
    labels: config.labels,
    taints: config.taints,
    kubeletPort: config.port,
    rootDir: config.data,
    nodeUsage: readNodeUsage,
    ...(config.nodeLeaseRenewIntervalMs === undefined ? {} : { leaseRenewMs: config.nodeLeaseRenewIntervalMs }),
    ...(config.nodeStatusUpdateFrequencyMs === undefined ? {} : { statusReportMs: config.nodeStatusUpdateFrequencyMs }),
  });
  const server = await startKubeletServer({
    backend: kubelet.backend,
    client,
    clock,
    log: log.for('server'),
    tls: { cert: pki.serving.cert, key: pki.serving.key, clientCA: pki.ca },
    host: '0.0.0.0',
    port: config.port,
  });
  runNodeFaults({ client, informers, nodeName, controls, clock, log, signal: stop.signal });
  log.info(`node ${nodeName} runs pods`);
  await terminated();
  stop.abort();
  await Promise.all([kubelet.stop(), server.close()]);
  informers.stop();
  networkInformers.stop();
  client.close();
  networkClient.close();
}
