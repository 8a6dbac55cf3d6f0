import type { ApiResponse } from '../../api/http.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import { invalid, toInvalid } from '../../api/validation/field-error.ts';
import type { Operation } from '../handle.ts';
import { queryFlag } from '../paths.ts';
import { badRequest, type Call } from '../rest/call.ts';
import { entryOf } from '../rest/get.ts';
import { forward } from './forward.ts';
import { type KubeletAccess, kubeletTarget, type Target } from './target.ts';

export type KubeletIdentity = KubeletAccess | undefined;

const names = (containers: readonly { name: string }[] | undefined): string[] => (containers ?? []).map(({ name }) => name);

/** The container that is meant: the one named, which must exist, or the only one (upstream: LogLocation, streamLocation). */
export function containerOf(pod: Pod, asked: string): string {
  const { name: podName = '' } = pod.metadata;
  const containers = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers as Container[] | undefined);
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${podName}`);
  }
  const [only, second] = containers;
  if (only !== undefined && second === undefined) return only;
  let text = `a container name must be specified for pod ${podName}, choose one of: [${containers.join(' ')}]`;
  if (init.length > 0) text += ` or one of the init containers: [${init.join(' ')}]`;
  if (ephemeral.length > 0) text += ` or one of the ephemeral containers: [${ephemeral.join(' ')}]`;
  throw badRequest(text);
}

const logFlags = ['follow', 'previous', 'timestamps'] as const;
const logNumbers = ['sinceSeconds', 'tailLines', 'limitBytes'] as const;
const logTexts = ['sinceTime', 'stream'] as const;

/** GET `pods/<name>/log`: the kubelet's log stream, with the options checked as upstream's ValidatePodLogOptions. */
export function podLog(tls: KubeletIdentity): Operation {
  return async (call) => {
    const pod = (await entryOf(call)).object as Pod;
    const { query } = call.request;
    const options = new URLSearchParams();
    for (const name of logFlags) if (queryFlag(query, name)) options.set(name, 'true');
    for (const name of logNumbers) copyNumber(call, query, options, name);
    for (const name of logTexts) {
      const value = query.get(name);
      if (value) options.set(name, value);
    }
    if (options.has('sinceSeconds') && options.has('sinceTime')) {
      throw toInvalid({ group: '', kind: 'PodLogOptions' }, call.info.name, [
        { type: 'Forbidden', field: '[]', detail: 'at most one of `sinceTime` or `sinceSeconds` may be specified' },
      ]);
    }
    const container = containerOf(pod, query.get('container') ?? '');
    const node = pod.spec?.nodeName ?? '';
    // A pod without a node has written nothing yet.
    if (node === '') return { status: 204, body: { kind: 'raw', contentType: 'text/plain', data: '' } };
    const { namespace = '', name = '' } = pod.metadata;
    const path = `/containerLogs/${namespace}/${name}/${container}${options.size === 0 ? '' : `?${options}`}`;
    return statusFromKubelet(
      call,
      await forward(await kubeletTarget({ store: call.rest.store, tls }, node, path), { ...call.request, headers: {} }),
    );
  };
}

function copyNumber(call: Call, query: URLSearchParams, options: URLSearchParams, name: (typeof logNumbers)[number]): void {
  const value = query.get(name);
  if (value === null || value === '') return;
  const least = name === 'tailLines' ? 0 : 1;
  if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  if (Number(value) < least) {
    throw toInvalid({ group: '', kind: 'PodLogOptions' }, call.info.name, [
      invalid(name, Number(value), least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'),
    ]);
  }
  options.set(name, value);
}

/** A kubelet answers in plain text; an error of its becomes a Status with that text, as upstream's streamer does it. */
async function statusFromKubelet(call: Call, response: ApiResponse): Promise<ApiResponse> {
  const { body } = response;
  if (response.status < 400 || body.kind !== 'raw') return { status: response.status, body };
  let text = '';
  if (typeof body.data === 'string' || Buffer.isBuffer(body.data)) text = String(body.data);
  else for await (const chunk of body.data) text += String(chunk);
  const reason = response.status === 404 ? 'NotFound' : response.status === 400 ? 'BadRequest' : 'InternalError';
  const { name, resource } = call.info;
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: text.trim(),
    reason,
    details: { name, kind: resource },
    code: response.status,
  };
  return { status: response.status, body: { kind: 'object', value: status } };
}

const streamFlags = ['stdin', 'stdout', 'stderr', 'tty'] as const;

/** Where exec, attach and port-forward of a pod go on its kubelet; checks what upstream checks before connecting. */
export async function podStreamTarget(call: Call, tls: KubeletIdentity): Promise<Target> {
  const pod = (await entryOf(call)).object as Pod;
  const { query } = call.request;
  const { subresource } = call.info;
  const { namespace = '', name = '' } = pod.metadata;
  const node = pod.spec?.nodeName ?? '';
  if (subresource === 'portforward') {
    if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
    const ports = query.getAll('ports').map((port) => `port=${encodeURIComponent(port)}`);
    return kubeletTarget(
      { store: call.rest.store, tls },
      node,
      `/portForward/${namespace}/${name}${ports.length === 0 ? '' : `?${ports.join('&')}`}`,
    );
  }
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw badRequest(
      `cannot ${subresource === 'exec' ? 'exec into' : 'attach to'} a container in a completed pod; current phase is ${phase}`,
    );
  }
  const container = containerOf(pod, query.get('container') ?? '');
  if (node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  const options = new URLSearchParams();
  for (const flag of streamFlags) {
    // The kubelet's own names of these parameters (remotecommand constants).
    const parameter = flag === 'stdin' ? 'input' : flag === 'stdout' ? 'output' : flag === 'stderr' ? 'error' : 'tty';
    if (queryFlag(query, flag)) options.set(parameter, '1');
  }
  if (subresource === 'exec') for (const word of query.getAll('command')) options.append('command', word);
  return kubeletTarget({ store: call.rest.store, tls }, node, `/${subresource}/${namespace}/${name}/${container}?${options}`);
}

/** What a client gets that asks for a stream without asking to switch protocols: first what would keep it from any stream. */
export const streamWithoutUpgrade =
  (tls: KubeletIdentity): Operation =>
  async (call) => {
    await podStreamTarget(call, tls);
    throw badRequest('Upgrade request required');
  };
