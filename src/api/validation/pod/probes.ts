import type { Container, HTTPGetAction, LifecycleHandler, Probe } from '../../types/core-v1.ts';
import { nonNegative, portNumberOrName } from '../common.ts';
import { type Errors, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { httpHeaderName } from '../formats.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

/** Probes and lifecycle hooks of a container that runs as long as the pod. `grace` is the pod's terminationGracePeriodSeconds. */
export function* probesAndHooks(field: string, container: Container, grace: number | undefined): Errors {
  const { lifecycle } = container;
  if (lifecycle?.postStart !== undefined) yield* handler(`${field}.lifecycle.postStart`, lifecycle.postStart, grace);
  if (lifecycle?.preStop !== undefined) yield* handler(`${field}.lifecycle.preStop`, lifecycle.preStop, grace);
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[name];
    if (probe === undefined) continue;
    const at = `${field}.${name}`;
    yield* probeRules(at, probe, grace);
    if (name !== 'readinessProbe') {
      if (probe.successThreshold !== 1) yield invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1');
    } else if (probe.terminationGracePeriodSeconds !== undefined) {
      const seconds = probe.terminationGracePeriodSeconds;
      yield invalid(`${at}.terminationGracePeriodSeconds`, seconds, 'must not be set for readinessProbes');
    }
  }
}

function* probeRules(field: string, probe: Probe, grace: number | undefined): Errors {
  yield* handler(field, probe, grace);
  const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const;
  for (const name of counts) yield* nonNegative(`${field}.${name}`, probe[name]);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) yield invalid(`${field}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0');
}

function* handler(field: string, { exec, httpGet, tcpSocket, grpc, sleep }: Handler, grace: number | undefined): Errors {
  const given: [string, () => Errors][] = [];
  if (exec !== undefined) {
    given.push(['exec', () => ((exec.command ?? []).length === 0 ? [required(`${field}.exec.command`)] : [])]);
  }
  if (httpGet !== undefined) given.push(['httpGet', () => httpGetRules(`${field}.httpGet`, httpGet)]);
  if (tcpSocket !== undefined) given.push(['tcpSocket', () => portNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port)]);
  if (grpc !== undefined) given.push(['grpc', () => portNumberOrName(`${field}.grpc.port`, grpc.port)]);
  if (sleep !== undefined) {
    given.push([
      'sleep',
      () =>
        grace !== undefined && (sleep.seconds < 0 || sleep.seconds > grace)
          ? [invalid(`${field}.sleep`, sleep.seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
          : [],
    ]);
  }
  if (given.length === 0) yield required(field, 'must specify a handler type');
  for (const [i, [name, rules]] of given.entries()) {
    if (i > 0) yield forbidden(`${field}.${name}`, 'may not specify more than 1 handler type');
    else yield* rules();
  }
}

function* httpGetRules(field: string, { path, port, scheme, httpHeaders }: HTTPGetAction): Errors {
  if (!path) yield required(`${field}.path`);
  yield* portNumberOrName(`${field}.port`, port);
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') yield notSupported(`${field}.scheme`, scheme, ['HTTP', 'HTTPS']);
  for (const { name } of httpHeaders ?? []) {
    for (const problem of httpHeaderName(name ?? '')) yield invalid(`${field}.httpHeaders`, name ?? '', problem);
  }
}
