import { kinds } from '../../api/scheme.ts';
import type { Pod, Service, ServicePort } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { editDistance, nearest, plural, someOf } from '../text.ts';
import { isReady, nameOf, troublesAmong, troubleTable } from '../workload/pods-of.ts';
import type { World } from '../world.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

/** Services that nothing answers: what they select, whether it is ready, and whether their port exists there. */
export async function serviceEndpoints(service: Service, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp } = service.metadata;
  const { selector = {}, type, ports = [], externalName } = service.spec ?? {};
  if (deletionTimestamp !== undefined) return [];
  const object = refOf(kinds.Service, service);
  if (type === 'ExternalName') {
    const message = `Service ${name} is a DNS alias of ${externalName}: it has no endpoints and no address of its own.`;
    return [{ object, code: 'EXTERNAL_NAME', severity: 'info', message, evidence: [], fix: [] }];
  }
  const slices = await slicesOf(service, world);
  if (Object.keys(selector).length === 0) return readyCount(slices) > 0 || isSystem(service) ? [] : [withoutSelector(service)];
  const pods = await world.list(kinds.Pod, namespace);
  const selected = pods.filter(({ metadata }) => matches(selector, metadata.labels));
  if (selected.length === 0) return [nothingSelected(service, selector, pods)];
  const live = selected.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded',
  );
  const absent = ports.flatMap((port) => absentTarget(service, port, live) ?? []);
  const ready = live.filter(isReady);
  if (ready.length > 0 || service.spec?.publishNotReadyAddresses === true) return absent;
  const troubles = await troublesAmong(live, world);
  const [first] = troubles;
  const count = selected.length === live.length ? `all ${live.length}` : `${live.length} of ${selected.length}`;
  const what =
    live.length === 0
      ? `the ${plural(selected.length, 'pod')} that it selects ${selected.length === 1 ? 'has' : 'have'} ended`
      : live.length === 1
        ? `the one pod that it selects is not ready`
        : `the pods that it selects (${count}) are not ready`;
  return [
    {
      object,
      code: 'ENDPOINTS_NOT_READY',
      severity: 'error',
      message: `Service ${name} has no endpoints: ${what}.${first === undefined ? '' : ` ${first.finding.message}`}`,
      evidence: [fact(`Selector: ${textOf(selector)}`), ...troubleTable(troubles)],
      fix: [],
      ...(first === undefined ? {} : { because: first.finding }),
    },
    ...absent,
  ];
}

export const matches = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> | undefined): boolean =>
  Object.entries(selector).every(([key, value]) => labels?.[key] === value);

export const slicesOf = async ({ metadata }: Service, world: World): Promise<readonly EndpointSlice[]> =>
  (await world.list(kinds.EndpointSlice, metadata.namespace)).filter(
    (slice) => slice.metadata.labels?.[serviceNameLabel] === metadata.name,
  );

export const readyCount = (slices: readonly EndpointSlice[]): number =>
  slices.reduce((sum, { endpoints = [] }) => sum + (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).length, 0);

const textOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** Served by the cluster itself: the API server's own Service, and cluster DNS, which every node answers. */
const isSystem = ({ metadata: { name, namespace } }: Service): boolean =>
  (namespace === 'default' && name === 'kubernetes') || (namespace === 'kube-system' && name === 'kube-dns');

function withoutSelector(service: Service): Finding {
  const { name = '', namespace = '' } = service.metadata;
  return {
    object: refOf(kinds.Service, service),
    code: 'NO_SELECTOR',
    severity: 'error',
    message: `Service ${name} has no endpoints: it has no selector, and nobody has made an EndpointSlice for it.`,
    evidence: [],
    fix: [
      `give it a selector: kubectl set selector service ${name} -n ${namespace} app=NAME`,
      `or create an EndpointSlice with the label ${serviceNameLabel}=${name}`,
    ],
  };
}

function nothingSelected(service: Service, selector: Readonly<Record<string, string>>, pods: readonly Pod[]): Finding {
  const { name = '', namespace = '' } = service.metadata;
  const near = nearestPods(selector, pods);
  const evidence: Evidence[] = [fact(`Selector: ${textOf(selector)}`)];
  const fix: string[] = [];
  if (near === undefined) {
    evidence.push(
      fact(pods.length === 0 ? `There are no pods in namespace ${namespace}.` : `No pod in namespace ${namespace} has labels like it.`),
    );
    fix.push(`run pods with the labels ${textOf(selector)} in namespace ${namespace}`);
  } else {
    const labels = Object.fromEntries(
      Object.keys(selector).flatMap((key) => (near.pod.metadata.labels?.[key] === undefined ? [] : [[key, near.pod.metadata.labels[key]]])),
    );
    evidence.push(
      fact(
        `The nearest is pod ${nameOf(near.pod)}${near.more > 0 ? ` (and ${near.more} alike)` : ''}, which has ${textOf(labels) || textOf(near.pod.metadata.labels ?? {}) || 'no labels'}.`,
      ),
    );
    if (Object.keys(labels).length === Object.keys(selector).length)
      fix.push(`kubectl set selector service ${name} -n ${namespace} ${textOf(labels)}`);
    fix.push(`or label the pods (in their template) ${textOf(selector)}`);
  }
  return {
    object: refOf(kinds.Service, service),
    code: 'NO_ENDPOINTS',
    severity: 'error',
    message: `Service ${name} has no endpoints: no pod in namespace ${namespace} has the labels ${textOf(selector)}.`,
    evidence,
    fix,
  };
}

/** The pod whose labels differ least from what is selected: fewest pairs apart, then fewest letters. */
function nearestPods(selector: Readonly<Record<string, string>>, pods: readonly Pod[]): { pod: Pod; more: number } | undefined {
  const pairs = Object.entries(selector);
  const distance = ({ metadata }: Pod): number =>
    pairs.reduce(
      (sum, [key, value]) =>
        sum + (metadata.labels?.[key] === value ? 0 : 1 + Math.min(10, editDistance(value, metadata.labels?.[key] ?? '')) / 10),
      0,
    );
  const near = pods
    .filter(({ metadata }) =>
      pairs.some(([key, value]) => metadata.labels?.[key] === value || nearest(value, Object.values(metadata.labels ?? {}), 1).length > 0),
    )
    .map((pod) => ({ pod, distance: distance(pod) }))
    .sort((a, b) => a.distance - b.distance || nameOf(a.pod).localeCompare(nameOf(b.pod)));
  const [first] = near;
  return first === undefined ? undefined : { pod: first.pod, more: near.filter((other) => other.distance === first.distance).length - 1 };
}

/** A target port by a name that none of the pods has, or a number that none declares (which may still be right). */
function absentTarget(service: Service, port: ServicePort, pods: readonly Pod[]): Finding | undefined {
  const target = port.targetPort ?? port.port;
  const declared = pods.flatMap(({ spec }) => (spec?.containers ?? []).flatMap(({ ports = [] }) => ports));
  const named = typeof target === 'string' && !/^\d+$/.test(target);
  if (!named || pods.length === 0 || declared.some(({ name }) => name === target)) return undefined;
  const names = declared.flatMap(({ name }) => name ?? []);
  const { name = '', namespace = '' } = service.metadata;
  const texts = [
    ...new Set(declared.map(({ name: its, containerPort }) => (its === undefined ? String(containerPort) : `${its} (${containerPort})`))),
  ];
  const near = nearest(String(target), names, 1);
  return {
    object: refOf(kinds.Service, service),
    code: 'TARGET_PORT',
    severity: 'error',
    message: `Service ${name} leads nowhere on port ${port.port}: its targetPort "${target}" is the name of no port of its pods.`,
    evidence: [fact(texts.length === 0 ? 'The pods declare no ports.' : `The pods declare ${someOf(texts)}.`)],
    fix: [
      ...near.map((other) => `is it a misspelling of ${other}?`),
      `name one of the pods' ports, or give its number: kubectl edit service ${name} -n ${namespace}`,
    ],
  };
}

export async function serviceWell(service: Service, world: World): Promise<readonly Finding[]> {
  const count = readyCount(await slicesOf(service, world));
  const selector = textOf(service.spec?.selector ?? {});
  const message = isSystem(service)
    ? `Service ${nameOf(service)} is served by the cluster itself.`
    : `Service ${nameOf(service)} has ${plural(count, 'ready endpoint')}${selector === '' ? '' : ` (selector ${selector})`}.`;
  return [{ object: refOf(kinds.Service, service), code: 'HEALTHY', severity: 'info', message, evidence: [], fix: [] }];
}
