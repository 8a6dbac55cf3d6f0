import type { ContainerStateTerminated, ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { because, type Circumstances, refOf, type Step } from '../step.ts';
import { wordsOf } from './conditions.ts';

const statusesOf = ({ status }: Pod): Map<string, ContainerStatus> =>
  new Map(
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])].map(
      (each) => [each.name, each],
    ),
  );

/** Waiting that is part of every start. */
const passing = new Set(['ContainerCreating', 'PodInitializing', '']);

/** Containers that started, ended, or wait for something that does not come. */
export function* containerSteps(pod: Pod, previous: Pod, { causes }: Circumstances): Iterable<Step> {
  const before = statusesOf(previous);
  const own = refOf(pod);
  for (const [name, now] of statusesOf(pod)) {
    const then = before.get(name);
    const ended = endingOf(now, then);
    if (ended !== undefined) {
      const step: Step = { kind: 'container', reason: 'Exited', what: `container ${name} ${exitText(ended)}` };
      yield because(step, causes.latest(own, ['Evicted', 'Deleting', 'Unhealthy', 'Started']));
    }
    const { running, waiting } = now.state ?? {};
    if (running !== undefined && (then?.state?.running === undefined || then.restartCount !== now.restartCount)) {
      const again = now.restartCount > 0;
      const what = again ? `container ${name} started again (restart ${now.restartCount})` : `container ${name} started`;
      yield because({ kind: 'container', reason: 'Started', what }, causes.latest(own, [again ? 'Exited' : 'Scheduled']));
    }
    if (waiting !== undefined && !passing.has(waiting.reason ?? '') && waiting.reason !== then?.state?.waiting?.reason) {
      const step: Step = { kind: 'container', reason: 'Waiting', what: `container ${name} waits: ${wordsOf(waiting)}` };
      yield because(step, waiting.reason === 'CrashLoopBackOff' ? causes.latest(own, ['Exited']) : undefined);
    }
  }
}

/** The end that this write is the first to tell of. Where it was missed between two writes, the last state has it. */
function endingOf(now: ContainerStatus, then: ContainerStatus | undefined): ContainerStateTerminated | undefined {
  const known = [then?.state?.terminated, then?.lastState?.terminated];
  return [now.state?.terminated, now.lastState?.terminated].find(
    (ended) => ended !== undefined && !known.some((each) => isSame(each, ended)),
  );
}

const isSame = (a: ContainerStateTerminated | undefined, b: ContainerStateTerminated): boolean =>
  a?.containerID === b.containerID && a?.finishedAt === b.finishedAt && a?.exitCode === b.exitCode;

function exitText({ exitCode, reason = '' }: ContainerStateTerminated): string {
  if (reason === 'OOMKilled') return `was killed: out of memory (exit code ${exitCode})`;
  const known = reason === '' || reason === 'Error' || reason === 'Completed';
  return `exited with code ${exitCode}${known ? '' : ` (${reason})`}`;
}
