import type { Pod } from '../../api/types/core-v1.ts';
import type { Finding } from '../finding.ts';
import { stuckTerminating } from '../terminating.ts';
import type { World } from '../world.ts';
import { podConfig } from './config-missing.ts';
import { podCrashes } from './crash.ts';
import { podImages } from './image-pull.ts';
import { podProbes } from './probes.ts';
import { podStart } from './start.ts';
import { podFailed, podNode, podNotReady } from './state.ts';
import { podUnschedulable } from './unschedulable.ts';

/** Every trouble of pods, in the order in which one explains the next. A new one is a file and a row here. */
export const podDiagnoses = {
  node: podNode,
  terminating: stuckTerminating,
  unschedulable: podUnschedulable,
  image: podImages,
  config: podConfig,
  start: podStart,
  // Before crashes: a container that is killed for its liveness probe ends as one that crashes does.
  probes: podProbes,
  crashes: podCrashes,
  failed: podFailed,
} as const satisfies Record<string, (pod: Pod, world: World) => Promise<readonly Finding[]>>;

const found = new WeakMap<World, Map<Pod, Promise<Finding[]>>>();

/** All that is the matter with a pod; worked out once, as its workload, its Service and its claim ask for it too. */
export function podTroubles(pod: Pod, world: World): Promise<Finding[]> {
  const ofWorld = found.get(world) ?? new Map<Pod, Promise<Finding[]>>();
  found.set(world, ofWorld);
  const known = ofWorld.get(pod) ?? diagnose(pod, world);
  ofWorld.set(pod, known);
  return known;
}

async function diagnose(pod: Pod, world: World): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const run of Object.values(podDiagnoses)) findings.push(...(await run(pod, world)));
  return findings.length > 0 ? findings : [...podNotReady(pod)];
}
