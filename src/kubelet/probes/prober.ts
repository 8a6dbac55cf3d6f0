import type { HTTPGetAction, Probe } from '../../api/types/core-v1.ts';
import { goDuration } from '../../util/duration.ts';
import { messageOf } from '../../util/errors.ts';
import type { AnyContainer } from '../pod/pod.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { probeGrpc } from './grpc.ts';
import { httpTarget, probeHttp } from './http.ts';
import type { ProbeOutcome } from './outcome.ts';
import { probeTcp } from './tcp.ts';

export type ProbePurpose = 'startup' | 'readiness' | 'liveness';
export const purposes: readonly ProbePurpose[] = ['startup', 'liveness', 'readiness'];

export const probeOf = (container: AnyContainer, purpose: ProbePurpose): Probe | undefined => container[`${purpose}Probe`];

/** A port number, or the number of the container's port of that name. Undefined when there is none. */
export function resolvePort(port: number | string, container: AnyContainer): number | undefined {
  const number =
    typeof port === 'number' || /^\d+$/.test(port) ? Number(port) : container.ports?.find(({ name }) => name === port)?.containerPort;
  return number !== undefined && number > 0 && number < 65_536 ? number : undefined;
}

/** Makes one try of a probe. */
export async function runProbe(
  runtime: ContainerRuntime,
  purpose: ProbePurpose,
  target: { containerId: string; container: AnyContainer; podIP: string },
): Promise<ProbeOutcome> {
  const { containerId, container, podIP } = target;
  const probe = probeOf(container, purpose);
  if (probe === undefined) return { result: 'success', output: '' };
  const answered = runtime.probe?.(containerId, purpose);
  if (answered !== undefined) return { result: answered.success ? 'success' : 'failure', output: answered.output };
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec !== undefined) return await probeExec(runtime, containerId, probe.exec.command ?? [], timeoutMs);
    if (probe.httpGet !== undefined) return await httpGet(probe.httpGet, container, podIP, timeoutMs);
    if (probe.tcpSocket !== undefined) {
      const { host, port } = probe.tcpSocket;
      const number = resolvePort(port, container);
      if (number === undefined) return { result: 'unknown', output: `couldn't find port: ${port}` };
      return await probeTcp(host === undefined || host === '' ? podIP : host, number, timeoutMs);
    }
    if (probe.grpc !== undefined) return await probeGrpc(podIP, probe.grpc.port, probe.grpc.service ?? '', timeoutMs);
    return { result: 'unknown', output: `missing probe handler for ${container.name}` };
  } catch (thrown) {
    return { result: 'unknown', output: messageOf(thrown) };
  }
}

/** An httpGet action of a probe or a lifecycle hook. */
export async function httpGet(action: HTTPGetAction, container: AnyContainer, podIP: string, timeoutMs: number): Promise<ProbeOutcome> {
  const port = resolvePort(action.port, container);
  if (port === undefined) return { result: 'unknown', output: `couldn't find port: ${action.port}` };
  return probeHttp(httpTarget(action, podIP, port), timeoutMs);
}

async function probeExec(runtime: ContainerRuntime, id: string, command: string[], timeoutMs: number): Promise<ProbeOutcome> {
  try {
    const { exitCode, output } = await runtime.execSync(id, command, timeoutMs);
    return { result: exitCode === 0 ? 'success' : 'failure', output };
  } catch (thrown) {
    if (!/time(d )?out/i.test(messageOf(thrown))) throw thrown;
    return {
      result: 'failure',
      output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${goDuration(timeoutMs)}`,
    };
  }
}
