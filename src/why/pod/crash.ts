import { kinds } from '../../api/scheme.ts';
import type { ContainerStateTerminated, Pod } from '../../api/types/core-v1.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import type { World } from '../world.ts';
import { type ContainerState, capital, containersOf, isOnNode, whoOf } from './containers.ts';

const logLines = 5;

/** Containers that end again and again: with what code, for want of memory, and with what last words. */
export async function podCrashes(pod: Pod, world: World): Promise<readonly Finding[]> {
  if (!isOnNode(pod)) return [];
  const findings: Finding[] = [];
  for (const state of containersOf(pod)) {
    const waiting = state.status.state?.waiting?.reason === 'CrashLoopBackOff';
    const ended = waiting ? state.status.lastState?.terminated : state.status.state?.terminated;
    if (ended === undefined || (!waiting && (ended.exitCode === 0 || state.init))) continue;
    findings.push(await crashFinding(pod, state, ended, waiting, world));
  }
  return findings;
}

/** What a container's end says for itself, and its log. */
export async function crashFinding(
  pod: Pod,
  state: ContainerState,
  ended: ContainerStateTerminated,
  waiting: boolean,
  world: World,
): Promise<Finding> {
  const { name = '', namespace = '' } = pod.metadata;
  const { container, status } = state;
  const starved = ended.reason === 'OOMKilled';
  const limit = container.resources?.limits?.['memory'];
  const times = status.restartCount === 0 ? '' : `, ${status.restartCount + 1} times so far`;
  const why = starved
    ? `was killed when it used more than its memory limit${limit === undefined ? '' : ` of ${limit}`}`
    : `ends with exit code ${ended.exitCode}${meaning(ended)}`;
  const log = await world.log(namespace, name, container.name, { previous: waiting, lines: logLines });
  const evidence: Evidence[] = [];
  if (ended.message !== undefined && ended.message !== '') evidence.push(fact(`It said: ${ended.message.trim()}`));
  if (log.length > 0) evidence.push({ type: 'log', title: 'Its last log lines:', lines: log });
  else evidence.push(fact('It wrote no log.'));
  const previous = waiting ? ' --previous' : '';
  return {
    object: refOf(kinds.Pod, pod),
    code: starved ? 'OUT_OF_MEMORY' : 'CRASH_LOOP',
    severity: 'error',
    message: `${capital(whoOf(pod, state))} ${why}${times}${waiting ? '; it is started again after a pause that grows to 5 minutes' : ''}.`,
    evidence,
    fix: [
      ...(starved ? [`raise resources.limits.memory of container ${container.name}, or make it use less`] : advice(ended, pod)),
      `the whole log: kubectl logs ${name} -n ${namespace} -c ${container.name}${previous}`,
    ],
  };
}

function meaning({ exitCode, signal, reason }: ContainerStateTerminated): string {
  if (exitCode === 127) return ' (command not found)';
  if (exitCode === 126) return ' (command not executable)';
  const number = signal !== undefined && signal !== 0 ? signal : exitCode > 128 ? exitCode - 128 : 0;
  const names: Record<number, string> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };
  if (number > 0) return ` (${names[number] ?? `signal ${number}`})`;
  return reason === undefined || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`;
}

function advice({ exitCode }: ContainerStateTerminated, { spec }: Pod): string[] {
  if (exitCode === 127 || exitCode === 126) return ['check command and args: the image has no such program, or not at that path'];
  if (exitCode === 0 && (spec?.restartPolicy ?? 'Always') === 'Always')
    return ['a container of this pod is to run on; for work that ends use a Job'];
  return ['mend what the log says'];
}
