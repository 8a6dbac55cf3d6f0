import { exposed, portsExposed, portsToExpose } from '../api/exposed.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Service } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { ShoalError } from '../util/errors.ts';
import { withAdmin } from './access.ts';
import type { ClusterContext } from './context.ts';
import type { ClusterDriver } from './driver.ts';
import { withDeadline } from './wait/wait.ts';

/** A port of a Service, and where this machine reaches it. */
export interface ExposedPort {
  namespace: string;
  service: string;
  port: number;
  /** Such as `127.0.0.1:9080`; absent while the cluster has none to give. */
  address?: string;
}

type Context = Pick<ClusterContext, 'clock' | 'signal'> & { clusters: Pick<ClusterDriver, 'access' | 'status'> };

const timeoutMs = 15_000;

/** Makes ports of a Service reachable and resolves to where. @param port number or name; absent: all of its TCP ports. */
export function exposeService(
  context: Context,
  cluster: string,
  { namespace, name, port }: { namespace: string; name: string; port?: string },
): Promise<ExposedPort[]> {
  return withClient(context, cluster, async (client, host) => {
    const service = await find(client, namespace, name);
    const before = service.metadata.annotations?.[exposed.wanted];
    const wanted = port === undefined ? 'all' : [...new Set([...(before ?? '').split(','), port])].filter((one) => one !== '').join(',');
    if (portsToExpose({ metadata: { annotations: { [exposed.wanted]: port ?? 'all' } }, spec: service.spec ?? {} }).length === 0) {
      const known = (service.spec?.ports ?? []).map((one) => `${one.port}/${one.protocol ?? 'TCP'}`).join(', ');
      throw new ShoalError('USAGE', `service ${namespace}/${name} has no TCP port ${port ?? ''}`.trimEnd(), { next: `It has: ${known}.` });
    }
    await client.patch(kinds.Service, name, namespace, { metadata: { annotations: { [exposed.wanted]: wanted } } });
    return given(context, client, cluster, namespace, name, host);
  });
}

/** Takes back what {@link exposeService} did. A LoadBalancer stays reachable. Resolves to whether there was anything. */
export function unexposeService(
  context: Context,
  cluster: string,
  { namespace, name }: { namespace: string; name: string },
): Promise<boolean> {
  return withClient(context, cluster, async (client) => {
    const service = await find(client, namespace, name);
    if (service.metadata.annotations?.[exposed.wanted] === undefined) return false;
    await client.patch(kinds.Service, name, namespace, { metadata: { annotations: { [exposed.wanted]: null } } });
    return true;
  });
}

/** All ports that are, or ought to be, reachable. */
export const exposedServices = (context: Context, cluster: string): Promise<ExposedPort[]> =>
  withClient(context, cluster, async (client, host) =>
    (await client.list(kinds.Service)).items.flatMap((service) => portsOf(service, host)),
  );

function portsOf(service: Service, host: string): ExposedPort[] {
  const given = portsExposed(service);
  return portsToExpose(service).map((port) => {
    const local = given.get(port);
    const { namespace = '', name = '' } = service.metadata;
    return { namespace, service: name, port, ...(local === undefined ? {} : { address: `${host}:${local}` }) };
  });
}

/** Resolves when every port that is wanted has one of this machine. */
async function given(
  context: Context,
  client: Client,
  cluster: string,
  namespace: string,
  name: string,
  host: string,
): Promise<ExposedPort[]> {
  const { clock, signal } = context;
  const missing = new Map([['a free port', 'all that the cluster may use are taken']]);
  return withDeadline({ clock, timeoutMs, signal, missing, what: `service ${namespace}/${name} of ${cluster}` }, async (aborting) => {
    for await (const { object } of client.watch(kinds.Service, { namespace, fieldSelector: `metadata.name=${name}`, signal: aborting })) {
      const ports = portsOf(object, host);
      if (ports.length > 0 && ports.every(({ address }) => address !== undefined)) return ports;
    }
    throw aborting.reason;
  });
}

async function find(client: Client, namespace: string, name: string): Promise<Service> {
  try {
    return await client.get(kinds.Service, name, namespace);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new ShoalError('SERVICE_NOT_FOUND', `there is no service ${name} in namespace ${namespace}`, {
      next: 'List them with `kubectl get services --all-namespaces`.',
      cause: thrown,
    });
  }
}

async function withClient<T>(
  { clock, clusters }: Context,
  cluster: string,
  work: (client: Client, host: string) => Promise<T>,
): Promise<T> {
  const { simulated, state } = await clusters.status(cluster);
  if (simulated === true) {
    throw new ShoalError('SIMULATED', `the pods of ${cluster} are simulated: they have no network, so nothing can be reached`, {
      next: 'Make a cluster without --simulate.',
    });
  }
  if (state === 'stopped') {
    throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${cluster} is stopped`, { next: `Start it with \`shoal start ${cluster}\`.` });
  }
  const access = await clusters.access(cluster);
  return withAdmin({ clock }, access, (client) => work(client, new URL(access.server).hostname));
}
