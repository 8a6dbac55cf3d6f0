import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { APIService } from '../../api/types/apiregistration-v1.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { APIResourceList } from '../../api/types/meta-v1.ts';
import { objectKey } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { type EndpointSource, readyEndpoints, serviceEndpoint, slicesOf } from '../service/endpoint.ts';
import { causeText } from '../webhook/cause.ts';
import type { FrontProxy } from './front-proxy.ts';
import { availableCondition, fetchDocument, type RemoteService, remoteTarget } from './remote.ts';

/** How long an aggregated server may take to say what it serves. */
const checkTimeoutMs = 5_000;

export interface Availability {
  status: 'True' | 'False';
  reason: string;
  message: string;
  resources?: APIResourceList;
}

const missing = (reason: string, message: string): Availability => ({ status: 'False', reason, message });

/** Whether the server behind an APIService can be reached and answers (upstream: status/remote/remote_available_controller.go). */
export async function checkAvailability(
  source: EndpointSource & { clock: Clock },
  remote: RemoteService,
  frontProxy: FrontProxy | undefined,
): Promise<Availability> {
  const { namespace, name, port } = remote.service;
  const entry = await source.store.get(objectKey(kinds.Service, namespace, name));
  if (entry === undefined) return missing('ServiceNotFound', `service/${name} in ${JSON.stringify(namespace)} is not present`);
  const { spec } = entry.object as Service;
  if (spec?.type === undefined || spec.type === 'ClusterIP') {
    const found = spec?.ports?.find((one) => one.port === port);
    if (found === undefined) {
      return missing('ServicePortError', `service/${name} in ${JSON.stringify(namespace)} is not listening on port ${port}`);
    }
    const slices = await slicesOf(source.store, namespace, name);
    if (slices.length === 0) {
      return missing('EndpointsNotFound', `cannot find endpointslices for service/${name} in ${JSON.stringify(namespace)}`);
    }
    if (readyEndpoints(slices, found.name ?? '').length === 0) {
      const text = `endpointslices for service/${name} in ${JSON.stringify(namespace)} have no addresses with port name ${JSON.stringify(found.name ?? '')}`;
      return missing('MissingEndpoints', text);
    }
  }
  return discover(source, remote, frontProxy);
}

async function discover(
  source: EndpointSource & { clock: Clock },
  remote: RemoteService,
  frontProxy: FrontProxy | undefined,
): Promise<Availability> {
  const path = `/apis/${remote.group}/${remote.version}`;
  const deadline = new AbortController();
  const timer = source.clock.after(checkTimeoutMs, () => deadline.abort(), { unref: true });
  let url = path;
  try {
    const endpoint = await serviceEndpoint(source, { ...remote.service, port: String(remote.service.port) });
    const target = remoteTarget(remote, endpoint, path, frontProxy);
    url = `https://${endpoint.host}:${endpoint.port}${path}`;
    const resources = (await fetchDocument(target, deadline.signal)) as APIResourceList;
    return { status: 'True', reason: 'Passed', message: 'all checks passed', resources };
  } catch (thrown) {
    const text = deadline.signal.aborted
      ? 'context deadline exceeded'
      : thrown instanceof ApiError || messageOf(thrown).startsWith('bad status')
        ? messageOf(thrown)
        : causeText(thrown);
    return missing(
      'FailedDiscoveryCheck',
      `failing or missing response from ${url}: ${messageOf(thrown).startsWith('bad status') ? text : `Get ${JSON.stringify(url)}: ${text}`}`,
    );
  } finally {
    timer.cancel();
  }
}

/** Whether the object's condition says what the check found. */
export function saysSo(object: APIService, { status, reason, message }: Availability): boolean {
  const found = availableCondition(object);
  return found?.status === status && found.reason === reason && found.message === message;
}

/** Writes the condition where it says something new. A lost race is left to the check that the winner's write brings. */
export async function recordAvailability(store: Store, clock: Clock, name: string, outcome: Availability): Promise<void> {
  const entry = await store.get(objectKey(kinds.APIService, undefined, name));
  if (entry === undefined) return;
  const object = entry.object as APIService;
  const before = availableCondition(object);
  const { status, reason, message } = outcome;
  if (saysSo(object, outcome)) return;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(clock);
  const condition = { type: 'Available', status, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }), reason, message };
  const others = (object.status?.conditions ?? []).filter(({ type }) => type !== 'Available');
  try {
    await store.update(
      entry.key,
      { ...object, status: { ...object.status, conditions: [...others, condition] } } as APIService,
      entry.revision,
    );
  } catch (thrown) {
    if (!(thrown instanceof StoreError)) throw thrown;
  }
}
