import type { ContainerStatus, Pod, PodCondition } from '../../api/types/core-v1.ts';
import { initContainers, isSidecar, mainContainers } from '../pod/pod.ts';
import type { ResizeState } from '../pod/resize.ts';
import { restartingCondition } from '../pod/restart-all.ts';
import type { PodPhase } from './phase.ts';

type Draft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;
const yes = (type: string): Draft => ({ type, status: 'True' });
const no = (type: string, reason: string, message?: string): Draft => ({
  type,
  status: 'False',
  reason,
  ...(message === undefined ? {} : { message }),
});
const list = (names: string[]): string => `[${names.join(' ')}]`;

/** The conditions that the kubelet owns (pkg/kubelet/status/generate.go), without their times. */
export function podConditions(
  pod: Pod,
  phase: PodPhase,
  statuses: { init: readonly ContainerStatus[]; main: readonly ContainerStatus[] },
  sandboxReady: boolean,
): Draft[] {
  const containersReady = containersCondition('ContainersReady', pod, phase, statuses);
  return [
    { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' },
    initialized(pod, phase, statuses),
    readyCondition(pod, containersReady),
    containersReady,
    yes('PodScheduled'),
  ];
}

function initialized(
  pod: Pod,
  phase: PodPhase,
  { init, main }: { init: readonly ContainerStatus[]; main: readonly ContainerStatus[] },
): Draft {
  const type = 'Initialized';
  const specs = initContainers(pod);
  const statusOf = (name: string): ContainerStatus | undefined => init.find((one) => one.name === name);
  const unknown = specs.filter(({ name }) => statusOf(name) === undefined).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return { ...yes(type), reason: 'PodCompleted' };
  // Sidecars may be restarting long after initialization: what runs beside them shows that it is over.
  const over = main.some(
    ({ state, lastState }) => state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined,
  );
  const incomplete = specs
    .filter((spec) => {
      const status = statusOf(spec.name);
      if (status === undefined) return false;
      return isSidecar(spec) ? !over && status.started !== true : !status.ready;
    })
    .map(({ name }) => name);
  const problems = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${list(unknown)}`] : []),
    ...(incomplete.length > 0 ? [`containers with incomplete status: ${list(incomplete)}`] : []),
  ];
  return problems.length === 0 ? yes(type) : no(type, 'ContainersNotInitialized', problems.join(', '));
}

function containersCondition(
  type: string,
  pod: Pod,
  phase: PodPhase,
  { init, main }: { init: readonly ContainerStatus[]; main: readonly ContainerStatus[] },
): Draft {
  if (phase === 'Succeeded') return no(type, 'PodCompleted');
  if (phase === 'Failed') return no(type, 'PodFailed');
  const specs = [...initContainers(pod).filter(isSidecar), ...mainContainers(pod)];
  const statusOf = (name: string): ContainerStatus | undefined =>
    main.find((one) => one.name === name) ?? init.find((one) => one.name === name);
  const unknown = specs.filter(({ name }) => statusOf(name) === undefined).map(({ name }) => name);
  const unready = specs.filter(({ name }) => statusOf(name)?.ready === false).map(({ name }) => name);
  const problems = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${list(unknown)}`] : []),
    ...(unready.length > 0 ? [`containers with unready status: ${list(unready)}`] : []),
  ];
  return problems.length === 0 ? yes(type) : no(type, 'ContainersNotReady', problems.join(', '));
}

function readyCondition(pod: Pod, containersReady: Draft): Draft {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const found = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (found === undefined)
      problems.push(`corresponding condition of pod readiness gate ${JSON.stringify(conditionType)} does not exist.`);
    else if (found.status !== 'True') {
      problems.push(`the status of pod readiness gate ${JSON.stringify(conditionType)} is not "True", but ${found.status}`);
    }
  }
  return problems.length === 0 ? yes('Ready') : no('Ready', 'ReadinessGatesNotReady', problems.join(', '));
}

/** What the pod's conditions tell of a resize (KEP-1287): none when there is nothing to tell. */
export function resizeConditions({ pending, error }: ResizeState, inProgress: boolean): Draft[] {
  const drafts: Draft[] = [];
  if (pending !== undefined) drafts.push({ ...yes('PodResizePending'), ...pending });
  if (error !== undefined) drafts.push({ ...yes('PodResizeInProgress'), reason: 'Error', message: error });
  else if (inProgress) drafts.push(yes('PodResizeInProgress'));
  return drafts;
}

export const disruptionCondition = (message: string): Draft => ({ ...yes('DisruptionTarget'), reason: 'TerminationByKubelet', message });

export function restartAllCondition(restarting: boolean, phase: PodPhase): Draft {
  if (restarting)
    return { ...yes(restartingCondition), reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' };
  if (phase === 'Succeeded') return no(restartingCondition, 'PodCompleted');
  return phase === 'Failed' ? no(restartingCondition, 'PodFailed') : { type: restartingCondition, status: 'False' };
}

/** Gives conditions their times: a condition that keeps its status keeps its lastTransitionTime. */
export function dated(
  drafts: Draft[],
  before: readonly PodCondition[],
  now: string,
  observedGeneration: number | undefined,
): PodCondition[] {
  return drafts.map((draft) => {
    const old = before.find(({ type }) => type === draft.type);
    const lastTransitionTime = old?.status === draft.status ? (old.lastTransitionTime ?? now) : now;
    return { ...draft, lastTransitionTime, ...(observedGeneration === undefined ? {} : { observedGeneration }) };
  });
}
