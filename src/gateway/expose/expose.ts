import type { Socket } from 'node:net';
import { exposed } from '../../api/exposed.ts';
import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { InformerFactory } from '../../client/informer.ts';
import { createRecorder } from '../../client/recorder.ts';
import { runController } from '../../client/run-controller.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { backendsOf } from '../backends.ts';
import { dialer } from '../dial.ts';
import { assignPorts, type Exposure } from './assign.ts';
import { createForwarders } from './forward.ts';

/** A port that was published when the cluster was made: `local` of the user's machine leads to `port` here. */
export interface PublishedPort {
  local: number;
  port: number;
}

export interface ExposeOptions {
  client: Client;
  informers: InformerFactory;
  host: string;
  pool: readonly PublishedPort[];
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** What a LoadBalancer is reached at; an address would have nodes forward it themselves. */
const hostname = 'localhost';

/**
 * Makes ports of Services reachable at ports of the user's machine, which are handed out from the cluster's pool and written into
 * the Services' annotations; a LoadBalancer gets its ingress. Ends with the signal.
 */
export function startExposing({ client, informers, host, pool, clock, log, signal }: ExposeOptions): void {
  const services = informers.informer(kinds.Service);
  const slices = informers.informer(kinds.EndpointSlice);
  const recorder = createRecorder({ client, clock, component: 'shoal-gateway' });
  const dial = dialer(clock);
  const ports = new Map(pool.map(({ local, port }) => [local, port]));
  let current = new Map<number, Exposure>();
  let told = new Set<string>();

  const open = async (port: number): Promise<Socket> => {
    const exposure = current.get(port);
    const service = exposure && services.get(keyOf(exposure.service));
    const servicePort = service?.spec?.ports?.find((one) => one.port === exposure?.port);
    if (service === undefined || servicePort === undefined) throw new Error('the Service is gone');
    const found = slices
      .list(service.metadata.namespace)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
    const dialed = await dial(`${keyOf(service)}:${servicePort.port}`, backendsOf(found, servicePort));
    if (dialed.backend === undefined) throw new Error(`${keyOf(service)}: ${dialed.failure.message}`);
    return dialed.socket;
  };
  const forwarders = createForwarders(host, open, (port, thrown) => log.debug(`port ${port}: ${messageOf(thrown)}`));

  async function reconcile(): Promise<void> {
    const all = services.list();
    const { exposures, refused } = assignPorts(
      all,
      pool.map(({ local }) => local),
    );
    current = new Map(
      exposures.flatMap((exposure) => (ports.has(exposure.local) ? [[ports.get(exposure.local) ?? 0, exposure] as const] : [])),
    );
    forwarders.set(new Set(current.keys()));
    const of = Map.groupBy(exposures, ({ service }) => service);
    for (const service of all) await tell(service, of.get(service) ?? []);
    for (const service of refused) {
      if (told.has(service.metadata.uid ?? '')) continue;
      recorder.event(service, 'Warning', 'NoLocalPort', `All ${pool.length} ports of this machine that the cluster may use are taken`);
    }
    told = new Set(refused.map(({ metadata }) => metadata.uid ?? ''));
  }

  async function tell(service: Service, exposures: readonly Exposure[]): Promise<void> {
    const { name = '', namespace, annotations } = service.metadata;
    const text = exposures.length === 0 ? undefined : JSON.stringify(Object.fromEntries(exposures.map(({ port, local }) => [port, local])));
    if (annotations?.[exposed.given] !== text) {
      await client.patch(kinds.Service, name, namespace, { metadata: { annotations: { [exposed.given]: text ?? null } } });
    }
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    // What somebody else wrote is theirs.
    if (ingress.some((one) => one.hostname !== hostname)) return;
    const wanted =
      service.spec?.type === 'LoadBalancer' && exposures.length > 0
        ? [{ hostname, ports: exposures.map(({ port }) => ({ port, protocol: 'TCP' })) }]
        : [];
    if (JSON.stringify(ingress) === JSON.stringify(wanted)) return;
    await client.patch(kinds.Service, name, namespace, { status: { loadBalancer: { ingress: wanted } } }, { subresource: 'status' });
  }

  void runController(
    {
      name: 'expose',
      workers: 1,
      watch(enqueue) {
        // One key for all: ports are given out among all Services.
        const any = (): void => enqueue('services');
        services.on({ add: any, update: any, delete: any });
      },
      reconcile,
    },
    { clock, log, signal },
  );
  signal.addEventListener('abort', () => forwarders.close(), { once: true });
}
