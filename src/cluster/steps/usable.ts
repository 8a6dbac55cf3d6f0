import type { Client } from '../../client/client.ts';
import { createHttpsClient } from '../../client/https.ts';
import { accessTo, controlPlaneAmong, nodesOf, urlsOf } from '../access.ts';
import type { ClusterAccess, ClusterContext } from '../context.ts';
import { splitLabels } from '../node-labels.ts';
import { networkingOf, specFromLabels } from '../plan.ts';
import type { NodeState } from '../provider.ts';
import type { Step } from '../run-steps.ts';
import { answers } from '../wait/answers.ts';
import { apiServerReady } from '../wait/api-server.ts';
import { dnsAnswers } from '../wait/dns.ts';
import { nodesReady } from '../wait/nodes-ready.ts';
import { defaultServiceAccount } from '../wait/service-account.ts';
import { registryStep } from './registry.ts';
import { made } from './state.ts';

/** What the waits need to know; `reach` is set by the first of them. */
export interface Usable {
  context: ClusterContext;
  cluster: string;
  /** Nodes must have reported after this moment; 0 where there was no earlier life. Milliseconds since the epoch. */
  since: number;
  missing: Map<string, string>;
  reach: { controlPlane: NodeState; nodes: NodeState[]; access: ClusterAccess; client: Client & { close(): void } } | undefined;
}

/** The steps after whose last a cluster is usable; `needs` are the ids of those that start its containers, and whether it has a registry. */
export function usableSteps<C extends Usable>(needs: { controlPlane: string; nodes: readonly string[]; registry: boolean }): Step<C>[] {
  const waiting = (state: C, signal: AbortSignal) => ({ context: state.context, signal, missing: state.missing });
  return [
    {
      id: 'api',
      label: 'Wait for the API server',
      needs: [needs.controlPlane],
      async run(state, signal) {
        const nodes = await nodesOf(state.context, state.cluster);
        const controlPlane = controlPlaneAmong(nodes);
        const access = await accessTo(state.context, controlPlane);
        const client = createHttpsClient({ ...access, clock: state.context.clock, userAgent: 'shoal' });
        state.reach = { controlPlane, nodes, access, client };
        await apiServerReady(waiting(state, signal), client, controlPlane.name);
      },
    },
    {
      id: 'ready',
      label: 'Wait for the nodes',
      needs: ['api', ...needs.nodes],
      async run(state, signal) {
        const nodes = await nodesOf(state.context, state.cluster);
        const { client, controlPlane } = made(state.reach, 'reach');
        const asked = new Map(specFromLabels(controlPlane).nodes.map((node) => [node.name, node.labels]));
        const awaited = nodes
          .filter((node) => node.running)
          .map((node) => ({
            name: node.name,
            labels: splitLabels({ role: node.role, labels: asked.get(node.name) ?? {} }).administrative,
          }));
        await nodesReady(waiting(state, signal), client, awaited, state.since);
      },
    },
    {
      id: 'service-account',
      label: 'Wait for the default ServiceAccount',
      needs: ['api'],
      run: (state, signal) => defaultServiceAccount(waiting(state, signal), made(state.reach, 'reach').client),
    },
    {
      id: 'dns',
      label: 'Wait for cluster DNS',
      needs: ['ready'],
      async run(state, signal) {
        const { controlPlane } = made(state.reach, 'reach');
        const nodes = await nodesOf(state.context, state.cluster);
        const names = nodes.filter((node) => node.running).map((node) => node.name);
        await dnsAnswers(waiting(state, signal), names, networkingOf(specFromLabels(controlPlane)));
      },
    },
    {
      id: 'gateway',
      label: 'Wait for the gateway',
      needs: ['api'],
      run: (state, signal) => answers(waiting(state, signal), 'gateway', urlsOf(made(state.reach, 'reach').controlPlane).gateway),
    },
    ...(needs.registry ? [registryStep] : []),
  ];
}
