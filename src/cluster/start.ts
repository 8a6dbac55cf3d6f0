import { controlPlaneAmong } from './access.ts';
import type { ClusterContext } from './context.ts';
import type { NodeState } from './provider.ts';
import { registryOfNode } from './registry.ts';
import { runSteps, type Step } from './run-steps.ts';
import { nodeStepId } from './steps/node.ts';
import { type Usable, usableSteps } from './steps/usable.ts';
import { withDeadline } from './wait/wait.ts';

/** Starts those nodes of a cluster that do not run, and resolves when the cluster is usable. Nothing is undone on failure. */
export async function startExisting(context: ClusterContext, nodes: readonly NodeState[], timeoutMs: number): Promise<void> {
  const { clock, progress } = context;
  const controlPlane = controlPlaneAmong(nodes);
  const stopped = nodes.filter((node) => !node.running);
  // Nodes that ran all along need not report anew.
  const since = stopped.length === nodes.length ? clock.now() : 0;
  const state: Usable = { context, cluster: controlPlane.cluster, since, missing: new Map(), reach: undefined };
  const starts = nodes.map(
    (node): Step<Usable> => ({
      id: nodeStepId(node.name),
      label: `Start ${node.name}`,
      needs: [],
      run: () => context.provider.startNode(node.name),
    }),
  );
  const waits = usableSteps<Usable>({
    controlPlane: nodeStepId(controlPlane.name),
    nodes: starts.map((step) => step.id),
    registry: registryOfNode(controlPlane) !== undefined,
  });
  try {
    await withDeadline(
      { clock, timeoutMs, signal: context.signal, missing: state.missing, what: `cluster ${controlPlane.cluster}` },
      (signal) => runSteps([...starts, ...waits], state, { clock, signal, ...(progress === undefined ? {} : { progress }) }),
    );
  } finally {
    state.reach?.client.close();
  }
}
