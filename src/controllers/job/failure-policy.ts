import type { Job, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern } from '../../api/types/batch-v1.ts';
import type { ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { findCondition } from '../lib/conditions.ts';
import { nameOf, namespaceOf } from '../lib/objects.ts';

/** What a Job's `podFailurePolicy` makes of a failed pod. */
export type FailureVerdict =
  | { action: 'Count' }
  | { action: 'Ignore' }
  | { action: 'FailIndex' }
  /** `message` is what the Job's condition says. */
  | { action: 'FailJob'; message: string };

/** The first matching rule decides; a pod that none matches counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const reason = rule.onExitCodes ? exitCodeReason(pod, rule.onExitCodes) : conditionReason(pod, rule.onPodConditions ?? []);
    if (reason === undefined) continue;
    if (rule.action === 'FailJob') return { action: 'FailJob', message: `${reason} matching FailJob rule at index ${index}` };
    if (rule.action === 'Ignore' || rule.action === 'Count') return { action: rule.action };
    if (rule.action === 'FailIndex' && job.spec?.backoffLimitPerIndex !== undefined) return { action: 'FailIndex' };
  }
  return { action: 'Count' };
}

function exitCodeReason(pod: Pod, { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement): string | undefined {
  const matches = ({ name, state }: ContainerStatus): boolean => {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName !== undefined && containerName !== name)) return false;
    return operator === 'In' ? values.includes(code) : operator === 'NotIn' && !values.includes(code);
  };
  const container = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(matches);
  if (container === undefined) return undefined;
  return `Container ${container.name} for pod ${namespaceOf(pod)}/${nameOf(pod)} failed with exit code ${container.state?.terminated?.exitCode}`;
}

function conditionReason(pod: Pod, patterns: readonly PodFailurePolicyOnPodConditionsPattern[]): string | undefined {
  const match = patterns.find(({ type, status = 'True' }) => findCondition(pod.status?.conditions, type)?.status === status);
  return match === undefined ? undefined : `Pod ${namespaceOf(pod)}/${nameOf(pod)} has condition ${match.type}`;
}
