import { expect } from 'vitest';
import { type Fault, type FaultSpec, type FaultStatus, faultKind } from '../../../src/chaos/fault.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

export const manifest = (name: string, spec: FaultSpec): string =>
  JSON.stringify({ apiVersion: 'chaos.shoal.dev/v1alpha1', kind: 'Fault', metadata: { name }, spec });

/** A cluster of three simulated nodes that notices dead ones quickly, and faults in it as kubectl makes them. */
export async function chaosCluster() {
  const cluster: InProcessCluster = await inProcessCluster({
    nodes: 3,
    leaseRenewMs: 100,
    controllers: { nodeMonitorGracePeriodMs: 1_500, nodeMonitorPeriodMs: 200 },
  });
  await cluster.plane.faults;
  const statusOf = async (name: string): Promise<FaultStatus> => (await cluster.client.get<Fault>(faultKind, name)).status ?? {};
  return {
    cluster,
    statusOf,
    apply: (name: string, spec: FaultSpec): Promise<string> => cluster.kubectl('apply -f -', manifest(name, spec)),
    /** Resolves when it is deleted, which it is when it is undone. */
    remove: (...names: string[]): Promise<string> => cluster.kubectl(`delete faults ${names.join(' ')} --timeout=20s`),
    phase: (name: string, wanted: string): Promise<void> => expect.poll(async () => (await statusOf(name)).phase).toBe(wanted),
  };
}
