import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { plural, someOf } from '../text.ts';
import type { World } from '../world.ts';
import { capital, containersOf, isOnNode, whoOf } from './containers.ts';

const failures = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
  'PostStartHookError',
]);

/** Containers that cannot be started, volumes that cannot be set up, init containers that the others wait for. */
export async function podStart(pod: Pod, world: World): Promise<readonly Finding[]> {
  if (!isOnNode(pod)) return [];
  return [...(await mounts(pod, world)), ...starts(pod), ...(await inits(pod, world))];
}

function starts(pod: Pod): Finding[] {
  return containersOf(pod).flatMap((state) => {
    const { reason = '', message = '' } = state.status.state?.waiting ?? {};
    // A ConfigMap or Secret that is missing is told by its own diagnosis.
    const missing = reason === 'CreateContainerConfigError' && /not found|couldn't find key/i.test(message);
    if (!failures.has(reason) || missing) return [];
    return [
      {
        object: refOf(kinds.Pod, pod),
        code: 'CONTAINER_FAILED',
        severity: 'error',
        message: `${capital(whoOf(pod, state))} cannot be started: ${message === '' ? reason : message}`,
        evidence: [fact(`Reason: ${reason}, image: ${state.container.image ?? ''}`)],
        fix: ['check command, args, workingDir, securityContext and resources of the container'],
      } satisfies Finding,
    ];
  });
}

async function mounts(pod: Pod, world: World): Promise<Finding[]> {
  const started = containersOf(pod).some(({ status }) => status.state?.running !== undefined || status.state?.terminated !== undefined);
  if (started) return [];
  const last = (await world.events(pod)).findLast(({ reason }) => reason === 'FailedMount' || reason === 'FailedAttachVolume');
  if (last === undefined || /(configmap|secret) ".*" not found|references non-existent/i.test(last.message ?? '')) return [];
  return [
    {
      object: refOf(kinds.Pod, pod),
      code: 'VOLUME_NOT_MOUNTED',
      severity: 'error',
      message: `Pod ${pod.metadata.name} cannot start: a volume cannot be set up on ${pod.spec?.nodeName}.`,
      evidence: [fact(`${last.reason}: ${last.message}`)],
      fix: ['check the volumes of the pod, and the paths on the node for hostPath'],
    },
  ];
}

async function inits(pod: Pod, world: World): Promise<Finding[]> {
  const { name = '', namespace = '' } = pod.metadata;
  const all = containersOf(pod).filter(({ init, container }) => init && container.restartPolicy !== 'Always');
  const stuck = all.find(({ status }) => status.state?.running !== undefined);
  if (stuck === undefined) return [];
  const log = await world.log(namespace, name, stuck.container.name, { previous: false, lines: 5 });
  const waiting = (pod.spec?.containers ?? []).map((container) => container.name);
  const place = all.indexOf(stuck) + 1;
  return [
    {
      object: refOf(kinds.Pod, pod),
      code: 'INIT_STUCK',
      severity: 'warning',
      message: `Pod ${name} waits for its init container ${stuck.container.name} (${place} of ${all.length}), which has run since ${stuck.status.state?.running?.startedAt ?? 'a while'} and not ended; ${waiting.length === 1 ? 'its container starts' : `its ${plural(waiting.length, 'container')} start`} after that.`,
      evidence: log.length === 0 ? [fact('It has written no log.')] : [{ type: 'log', title: 'Its last log lines:', lines: log }],
      fix: [`see what it waits for: kubectl logs ${name} -n ${namespace} -c ${stuck.container.name}`, `waiting: ${someOf(waiting)}`].slice(
        0,
        1,
      ),
    },
  ];
}
