import type { Container as ContainerSpec, Pod, ResourceRequirements } from '../../api/types/core-v1.ts';
import { containerAnnotations, containerHash } from '../containers/config.ts';
import type { PodState } from '../context.ts';
import type { Container, PodSandbox } from '../runtime/runtime.ts';
import type { PodRuntime } from '../runtime-cache.ts';
import { resizeOf } from './allocation.ts';
import { type AnyContainer, ephemeralContainers, initContainers, isSidecar, mainContainers, shouldRestart } from './pod.ts';
import { restartAllSource } from './restart-all.ts';

/** What is to be done so that a pod runs as it should. */
export interface PodPlan {
  /** End everything first: the sandbox is gone or wrong, or nothing is left to run. */
  killAll: boolean;
  /** Make a new sandbox, this try. */
  newSandbox: number | undefined;
  /** The sandbox to go on with. */
  sandbox: PodSandbox | undefined;
  kill: { container: Container; message: string; probe?: 'liveness' | 'startup'; always: boolean }[];
  /** These go on with other resources. */
  resize: { container: Container; spec: AnyContainer }[];
  /** Nothing runs any more because of this container's end: the pod starts over. */
  startOver: Container | undefined;
  /** In this order. */
  start: AnyContainer[];
}

/** What probes and back-offs have to say about a plan. */
export interface PlanFacts {
  condemned: PodState['condemned'];
  isStarted(container: AnyContainer, containerId: string): boolean;
  actuated(container: AnyContainer, containerId: string): ResourceRequirements;
}

/** Decides from the runtime's state (upstream's `computePodActions`). Pure. */
export function planPod(pod: Pod, runtime: PodRuntime, facts: PlanFacts): PodPlan {
  const sandbox = usableSandbox(pod, runtime);
  const newest = runtime.sandboxes[0];
  if (sandbox === undefined) {
    const attempt = newest === undefined ? 0 : newest.config.attempt + 1;
    const plan: PodPlan = {
      killAll: newest !== undefined,
      newSandbox: attempt,
      sandbox: undefined,
      kill: [],
      resize: [],
      startOver: undefined,
      start: [],
    };
    if (nothingLeft(pod, runtime)) return { ...plan, killAll: true, newSandbox: undefined };
    // A new sandbox starts the pod over, init containers included.
    const [first] = initContainers(pod);
    plan.start = first === undefined ? mainContainers(pod).filter((one) => mayRun(pod, one, runtime)) : [first];
    return plan;
  }
  const own = runtime.containers.filter(({ sandboxId }) => sandboxId === sandbox.id);
  const newestOf = (name: string): Container | undefined => own.find((one) => one.name === name);
  const plan: PodPlan = { killAll: false, newSandbox: undefined, sandbox, kill: [], resize: [], startOver: undefined, start: [] };

  const source = restartAllSource(pod, own);
  if (source !== undefined) {
    const message = `Restarting all containers of the pod, as a rule of container ${source.name} has it`;
    plan.kill = own.filter(({ state }) => state === 'running').map((container) => ({ container, message, always: true }));
    if (plan.kill.length === 0) plan.startOver = source;
    return plan;
  }
  for (const container of ephemeralContainers(pod)) if (newestOf(container.name) === undefined) plan.start.push(container);
  const initialized = planInit(pod, newestOf, facts, plan);
  if (plan.killAll || !initialized) return plan;

  let kept = 0;
  for (const container of mainContainers(pod)) {
    const found = newestOf(container.name);
    if (found?.state === 'running') {
      const reason = reasonToKill(container, found, facts);
      if (reason === undefined) {
        kept++;
        planResize(container, found, facts, plan);
      } else {
        plan.kill.push({ container: found, ...reason });
        if (reason.always || shouldRestart(pod, container, 'main', 137)) plan.start.push(container);
      }
    } else if (found === undefined || found.state !== 'exited') plan.start.push(container);
    else if (shouldRestart(pod, container, 'main', found.exitCode ?? 0)) plan.start.push(container);
  }
  if (kept === 0 && plan.start.length === 0) plan.killAll = true;
  return plan;
}

/** The newest sandbox when it is ready, alone, of the right network, and has its address. */
function usableSandbox(pod: Pod, { sandboxes }: PodRuntime): PodSandbox | undefined {
  const [newest] = sandboxes;
  const ready = sandboxes.filter(({ state }) => state === 'ready');
  if (newest === undefined || newest.state !== 'ready' || ready.length > 1) return undefined;
  const hostNetwork = pod.spec?.hostNetwork ?? false;
  if (newest.config.hostNetwork !== hostNetwork || (!hostNetwork && newest.ip === '')) return undefined;
  return newest;
}

/** Whether a pod whose sandbox is gone has run to its end already, so that none is made again. */
function nothingLeft(pod: Pod, runtime: PodRuntime): boolean {
  if (runtime.sandboxes.length === 0 || runtime.containers.length === 0) return false;
  if (pod.spec?.restartPolicy === 'Never') return true;
  return pod.spec?.restartPolicy === 'OnFailure' && mainContainers(pod).every((one) => !mayRun(pod, one, runtime));
}

/** Whether a container of a pod that starts over is started: not when it has succeeded and its policy is OnFailure. */
function mayRun(pod: Pod, container: ContainerSpec, { containers }: PodRuntime): boolean {
  const last = containers.find(({ name }) => name === container.name);
  return last?.state !== 'exited' || shouldRestart(pod, container, 'main', last.exitCode ?? 0);
}

function reasonToKill(
  container: AnyContainer,
  found: Container,
  { condemned, actuated }: PlanFacts,
): { message: string; probe?: 'liveness' | 'startup'; always: boolean } | undefined {
  const hash = found.annotations[containerAnnotations.hash];
  if (hash !== undefined && hash !== containerHash(container)) {
    return { message: `Container ${container.name} definition changed, will be restarted`, always: true };
  }
  const doomed = condemned.get(found.id);
  if (doomed !== undefined) return { ...doomed, always: false };
  return resizeOf(container, actuated(container, found.id)) === 'restart'
    ? { message: `Container ${container.name} resize requires restart`, always: true }
    : undefined;
}

function planResize(spec: AnyContainer, container: Container, { actuated }: PlanFacts, plan: PodPlan): void {
  if (resizeOf(spec, actuated(spec, container.id)) === 'in-place') plan.resize.push({ container, spec });
}

/**
 * Init containers one by one; a sidecar counts as done once it has started, and is kept running ever after. Adds to the
 * plan; true when the pod's own containers may start.
 */
function planInit(pod: Pod, newestOf: (name: string) => Container | undefined, facts: PlanFacts, plan: PodPlan): boolean {
  // Once a container of the pod itself was made, initialization is over for this sandbox.
  const over = mainContainers(pod).some(({ name }) => newestOf(name) !== undefined);
  for (const container of initContainers(pod)) {
    const found = newestOf(container.name);
    if (isSidecar(container)) {
      if (found?.state === 'running') {
        const reason = reasonToKill(container, found, facts);
        if (reason === undefined) planResize(container, found, facts, plan);
        else {
          plan.kill.push({ container: found, ...reason });
          plan.start.push(container);
        }
        if (!over && (reason !== undefined || !facts.isStarted(container, found.id))) return false;
      } else {
        plan.start.push(container);
        if (!over) return false;
      }
      continue;
    }
    if (over || (found?.state === 'exited' && found.exitCode === 0)) continue;
    if (found?.state === 'running') return false;
    if (found?.state !== 'exited' || shouldRestart(pod, container, 'init', found.exitCode ?? 0)) plan.start.push(container);
    else plan.killAll = true;
    return false;
  }
  return true;
}
