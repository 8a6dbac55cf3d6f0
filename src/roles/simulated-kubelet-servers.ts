import type { KeyPair } from '../cluster/role-config.ts';
import type { Kubelet } from '../kubelet/options.ts';
import { type KubeletServer, startKubeletServer } from '../kubelet/server/server.ts';
import type { SimulatedNodes } from '../kubelet/simulated-nodes.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { issueCert } from '../util/pki.ts';

export interface KubeletServers {
  /** Where the server of a node's kubelet listens, started when it is first asked for; undefined for a node that is off. */
  locate(nodeName: string): Promise<{ host: string; port: number } | undefined>;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** The HTTPS servers of simulated kubelets: on a free port each instead of at their nodes' addresses, which nobody has. */
export function createKubeletServers(options: { machines: SimulatedNodes; ca: KeyPair; clock: Clock; log: Logger }): KubeletServers {
  const { machines, ca, clock, log } = options;
  const servers = new Map<Kubelet, Promise<KubeletServer>>();
  let serving: Promise<KeyPair> | undefined;

  async function start({ backend }: Kubelet): Promise<KubeletServer> {
    serving ??= issueCert(ca, { commonName: 'system:node:simulated', organizations: ['system:nodes'], ips: [host], usages: ['server'] });
    return startKubeletServer({ backend, clock, log, tls: { ...(await serving), clientCA: ca.cert }, host, port: 0 });
  }
  async function closeWhere(gone: (kubelet: Kubelet) => boolean): Promise<void> {
    const closing = [...servers].filter(([kubelet]) => gone(kubelet));
    for (const [kubelet] of closing) servers.delete(kubelet);
    await Promise.all(closing.map(async ([, server]) => (await server).close()));
  }
  return {
    async locate(nodeName) {
      void closeWhere((kubelet) => machines.kubelets.get(kubelet.nodeName) !== kubelet);
      const kubelet = machines.kubelets.get(nodeName);
      if (kubelet === undefined || machines.gate(nodeName)?.state !== 'open') return undefined;
      const server = servers.get(kubelet) ?? start(kubelet);
      servers.set(kubelet, server);
      return { host, port: (await server).port };
    },
    close: () => closeWhere(() => true),
  };
}
