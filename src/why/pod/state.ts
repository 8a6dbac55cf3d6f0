import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { someOf } from '../text.ts';
import type { World } from '../world.ts';
import { containersOf, isOnNode } from './containers.ts';
import { crashFinding } from './crash.ts';

/** A pod whose node does not answer, or is no more. */
export async function podNode(pod: Pod, world: World): Promise<readonly Finding[]> {
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '' || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return [];
  const node = await world.get(kinds.Node, nodeName);
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return [];
  const { name = '', namespace = '', deletionTimestamp } = pod.metadata;
  const leaving = deletionTimestamp === undefined ? '' : ' It is being deleted, and nobody there confirms that it has ended.';
  const state = node === undefined ? 'does not exist any more' : ready?.status === 'Unknown' ? 'does not answer' : 'is not ready';
  return [
    {
      object: refOf(kinds.Pod, pod),
      code: 'NODE_LOST',
      severity: 'error',
      message: `Pod ${name} is on ${nodeName}, which ${state}.${leaving}`,
      evidence: ready?.message === undefined ? [] : [fact(`${ready.reason}: ${ready.message}`)],
      fix: [
        ...(node === undefined ? [] : [`shoal why node/${nodeName}`]),
        ...(deletionTimestamp === undefined
          ? ['a pod with a controller is replaced elsewhere once its toleration of the node’s taint (300 s by default) has run out']
          : [`if the machine is gone for good: kubectl delete pod ${name} -n ${namespace} --force --grace-period=0`]),
      ],
    },
  ];
}

/** A pod that has ended in failure. */
export async function podFailed(pod: Pod, world: World): Promise<readonly Finding[]> {
  if (pod.status?.phase !== 'Failed' || pod.metadata.deletionTimestamp !== undefined) return [];
  const { name = '' } = pod.metadata;
  const { reason = '', message = '' } = pod.status;
  if (reason !== '') {
    const text = `Pod ${name} has failed: ${reason === 'Evicted' ? `it was evicted from ${pod.spec?.nodeName}` : reason}.`;
    const fix = ['delete it; one with a controller has been replaced already'];
    return [
      {
        object: refOf(kinds.Pod, pod),
        code: 'POD_FAILED',
        severity: 'error',
        message: text,
        evidence: message === '' ? [] : [fact(message)],
        fix,
      },
    ];
  }
  for (const state of containersOf(pod)) {
    const ended = state.status.state?.terminated;
    if (ended === undefined || ended.exitCode === 0) continue;
    const finding = await crashFinding(pod, state, ended, false, world);
    return [{ ...finding, code: finding.code === 'CRASH_LOOP' ? 'POD_FAILED' : finding.code }];
  }
  return [];
}

/** Asked last: a pod that nothing is known to be wrong with, and that is not ready all the same. */
export function podNotReady(pod: Pod): readonly Finding[] {
  if (!isOnNode(pod)) return [];
  const { name = '' } = pod.metadata;
  const conditions = pod.status?.conditions ?? [];
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return [];
  const object = refOf(kinds.Pod, pod);
  const states = containersOf(pod);
  const waiting = states.filter(({ status }) => status.state?.running === undefined && status.state?.terminated === undefined);
  if (states.length === 0 || waiting.length > 0) {
    const reasons = [...new Set(waiting.map(({ status }) => status.state?.waiting?.reason ?? 'ContainerCreating'))];
    const message = `Pod ${name} is starting on ${pod.spec?.nodeName}: ${reasons.length === 0 ? 'its node has yet to begin' : someOf(reasons)}.`;
    return [{ object, code: 'POD_STARTING', severity: 'warning', message, evidence: [], fix: [] }];
  }
  const gates = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => !conditions.some(({ type, status }) => type === conditionType && status === 'True'),
  );
  const unready = states.filter(({ status, init }) => !init && status.ready !== true).map(({ container }) => container.name);
  const why =
    gates.length > 0
      ? `its readiness gate ${gates.map(({ conditionType }) => conditionType).join(', ')} is not True; whoever owns that condition must set it`
      : `${someOf(unready)} has yet to pass its readiness probe`;
  return [
    {
      object,
      code: 'POD_NOT_READY',
      severity: 'warning',
      message: `Pod ${name} runs on ${pod.spec?.nodeName} and is not ready: ${why}.`,
      evidence: [],
      fix: [],
    },
  ];
}
