import { kinds } from '../../api/scheme.ts';
import type { Container, Event, Pod, Probe } from '../../api/types/core-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import type { World } from '../world.ts';
import { type ContainerState, capital, containersOf, isOnNode, whoOf } from './containers.ts';

type ProbeName = 'startup' | 'liveness' | 'readiness';

/** Probes that fail, by the kubelet's own events. */
export async function podProbes(pod: Pod, world: World): Promise<readonly Finding[]> {
  if (!isOnNode(pod)) return [];
  const probed = containersOf(pod).filter(({ container }) => probesOf(container).length > 0);
  const suspects = probed.filter(({ status }) => status.ready !== true || status.restartCount > 0);
  if (suspects.length === 0) return [];
  const unhealthy = (await world.events(pod)).filter(({ reason }) => reason === 'Unhealthy');
  return suspects.flatMap((state) => failing(pod, state, unhealthy) ?? []);
}

function failing(pod: Pod, state: ContainerState, events: readonly Event[]): Finding | undefined {
  const { container, status } = state;
  const own = events.filter(
    ({ involvedObject }) => involvedObject.fieldPath === undefined || involvedObject.fieldPath.includes(`{${container.name}}`),
  );
  const running = status.state?.running !== undefined;
  const found = probesOf(container)
    // A container that is ready has passed its readiness probe since; one that was never restarted, its liveness probe.
    .filter(({ name }) => (name === 'readiness' ? status.ready !== true && running : status.restartCount > 0 || status.started === false))
    .map((probe) => ({ ...probe, event: own.findLast(({ message = '' }) => message.toLowerCase().startsWith(`${probe.name} probe`)) }))
    .find(({ event }) => event !== undefined);
  if (found === undefined) return undefined;
  const consequence =
    found.name === 'readiness'
      ? 'so that it gets no traffic'
      : `and is restarted for it${status.restartCount > 0 ? ` (${status.restartCount} so far)` : ''}`;
  return {
    object: refOf(kinds.Pod, pod),
    code: 'PROBE_FAILING',
    severity: 'error',
    message: `${capital(whoOf(pod, state))} fails its ${found.name} probe, ${consequence}.`,
    evidence: [fact(found.event?.message ?? ''), fact(`The probe: ${probeText(found.probe)}`)],
    fix: [...portHint(found.probe, container), ...timing(found.name, container), 'or mend what answers the probe'],
  };
}

function probesOf({ startupProbe, livenessProbe, readinessProbe }: Container): { name: ProbeName; probe: Probe }[] {
  const rows: { name: ProbeName; probe: Probe | undefined }[] = [
    { name: 'startup', probe: startupProbe },
    { name: 'liveness', probe: livenessProbe },
    { name: 'readiness', probe: readinessProbe },
  ];
  return rows.flatMap(({ name, probe }) => (probe === undefined ? [] : [{ name, probe }]));
}

function probeText({ httpGet, tcpSocket, exec, grpc, periodSeconds = 10, failureThreshold = 3, timeoutSeconds = 1 }: Probe): string {
  const what =
    httpGet !== undefined
      ? `GET ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://POD:${httpGet.port}${httpGet.path ?? '/'}`
      : tcpSocket !== undefined
        ? `a connection to port ${tcpSocket.port}`
        : grpc !== undefined
          ? `gRPC health of port ${grpc.port}`
          : `the command ${(exec?.command ?? []).join(' ')}`;
  return `${what}, every ${periodSeconds} s, answered within ${timeoutSeconds} s, ${failureThreshold} failures count`;
}

function portHint({ httpGet, tcpSocket }: Probe, { ports = [] }: Container): string[] {
  const port = httpGet?.port ?? tcpSocket?.port;
  if (
    port === undefined ||
    ports.length === 0 ||
    ports.some(({ name, containerPort }) => name === port || String(containerPort) === String(port))
  )
    return [];
  const declared = ports.map(({ name, containerPort }) => (name === undefined ? String(containerPort) : `${containerPort} (${name})`));
  return [`the probe asks port ${port}, and the container declares ${declared.join(', ')}`];
}

const timing = (name: ProbeName, { startupProbe }: Container): string[] =>
  name === 'liveness' && startupProbe === undefined ? ['if it only starts slowly, give it a startupProbe'] : [];
