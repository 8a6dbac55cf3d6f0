import { ShoalError } from '../util/errors.ts';
import { accessTo, controlPlaneAmong, nodesOf } from './access.ts';
import type { ClusterContext, UpOptions, UpResult } from './context.ts';
import { withFileLock } from './file-lock.ts';
import { writeLifetime } from './lifetime-file.ts';
import { sameShape, specFromLabels } from './plan.ts';
import { runSteps, type Step } from './run-steps.ts';
import { type ClusterSpec, controlPlaneOf } from './spec.ts';
import { startExisting } from './start.ts';
import { statusOfNodes, withExpiry } from './status.ts';
import { imageStep } from './steps/image.ts';
import { keysStep } from './steps/keys.ts';
import { loadImagesStep } from './steps/load-images.ts';
import { networkStep } from './steps/network.ts';
import { nodeStep, nodeStepId } from './steps/node.ts';
import { resetPointStep } from './steps/reset-point.ts';
import { newState, type UpState } from './steps/state.ts';
import { usableSteps } from './steps/usable.ts';
import { withDeadline } from './wait/wait.ts';

/** Making the node image once takes most of it. */
const defaultTimeoutMs = 600_000;

/** The whole of `up`, as a graph. */
export function upSteps(spec: ClusterSpec): Step<UpState>[] {
  const names = spec.nodes.map((node) => node.name);
  return [
    networkStep,
    imageStep,
    keysStep,
    ...spec.nodes.map((node) => nodeStep(node, spec)),
    ...(spec.images.length === 0 ? [] : [loadImagesStep(names)]),
    ...usableSteps<UpState>({
      controlPlane: nodeStepId(controlPlaneOf(spec).name),
      nodes: names.map(nodeStepId),
      registry: spec.registry !== undefined,
    }),
    resetPointStep(spec),
  ];
}

/** See `cluster.ts`. */
export function up(context: ClusterContext, spec: ClusterSpec, options: UpOptions = {}): Promise<UpResult> {
  return withFileLock(`cluster-${spec.name}`, async () => {
    const existing = await context.provider.nodes(spec.name);
    if (existing.length > 0) return again(context, spec, options);
    // What an `up` that was killed left behind has no containers; a fresh start takes it over or away.
    await context.provider.removeVolumes(spec.name);
    await context.provider.removeNetwork(spec.name);
    await create(context, spec, options);
    return { ...(await present(context, spec.name)), created: true };
  });
}

async function create(context: ClusterContext, spec: ClusterSpec, options: UpOptions): Promise<void> {
  const { clock, progress } = context;
  const state = newState(context, spec, {
    ...(options.instance === undefined ? {} : { instance: options.instance }),
    ...(options.ttlMs === undefined ? {} : { expires: clock.now() + options.ttlMs }),
  });
  try {
    await withDeadline(
      {
        clock,
        timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
        signal: context.signal,
        missing: state.missing,
        what: `cluster ${spec.name}`,
      },
      (signal) =>
        runSteps(upSteps(spec), state, {
          clock,
          signal,
          ...(progress === undefined ? {} : { progress }),
          ...(options.retain === undefined ? {} : { retain: options.retain }),
        }),
    );
  } finally {
    state.reach?.client.close();
  }
}

/** `up` of a cluster that is there: started when it is not running, refused when it is another one. */
async function again(context: ClusterContext, spec: ClusterSpec, options: UpOptions): Promise<UpResult> {
  const nodes = await nodesOf(context, spec.name);
  if (!sameShape(spec, specFromLabels(controlPlaneAmong(nodes)))) {
    throw new ShoalError('CLUSTER_EXISTS', `a cluster named ${spec.name} exists, and it was asked for differently`, {
      next: `Remove it with \`shoal down ${spec.name}\`, or give this one another name.`,
    });
  }
  await startExisting(context, nodes, options.timeoutMs ?? defaultTimeoutMs);
  if (options.ttlMs !== undefined) await writeLifetime(context, controlPlaneAmong(nodes), context.clock.now() + options.ttlMs);
  return { ...(await present(context, spec.name)), created: false };
}

async function present(context: ClusterContext, cluster: string): Promise<Pick<UpResult, 'status' | 'access'>> {
  const nodes = await nodesOf(context, cluster);
  const access = await accessTo(context, controlPlaneAmong(nodes));
  const status = await withExpiry(context, nodes, statusOfNodes(nodes));
  return { status: { ...status, nodes: status.nodes.map((node) => ({ ...node, ready: true })) }, access };
}
