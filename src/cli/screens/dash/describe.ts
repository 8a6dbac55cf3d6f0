import type { EventPicture, NodePicture, PodPicture, ServicePicture, WorkloadPicture } from '../../../view/picture.ts';
import { age } from '../../../view/text/age.ts';
import { bytes, cores } from '../../../view/text/amounts.ts';
import { rolloutText } from '../../../view/text/marks.ts';
import { targetOf } from './cursor.ts';
import type { DashState } from './state.ts';

/** All that the picture knows of what is under the cursor, and its latest events. */
export function describe(state: DashState): { title: string; lines: string[] } {
  const target = targetOf(state);
  const { now } = state;
  const events = state.picture?.events ?? [];
  switch (target.kind) {
    case 'pod':
      return about('Pod', target.pod, podFacts(target.pod, now), events, now);
    case 'node':
      return about('Node', target.node, nodeFacts(target.node, now), events, now);
    case 'workload':
      return about(target.workload.kind, target.workload, workloadFacts(target.workload, now), events, now);
    case 'service':
      return about('Service', target.service, serviceFacts(target.service), events, now);
    case 'none':
      return { title: 'Events', lines: events.map((event) => eventText(event, now)) };
  }
}

type Facts = [string, string | undefined][];

function about(
  kind: string,
  { name, namespace }: { name: string; namespace?: string },
  facts: Facts,
  events: readonly EventPicture[],
  now: number,
) {
  const own = events.filter(
    ({ regarding }) => regarding.kind === kind && regarding.name === name && (kind === 'Node' || regarding.namespace === namespace),
  );
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
  const lines = known.map(([label, value]) => `${label.padEnd(12)}${value}`);
  return {
    title: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    lines: [...lines, '', own.length === 0 ? 'No recent events.' : 'Events:', ...own.map((event) => `  ${ownEvent(event, now)}`)],
  };
}

const eventText = ({ at, type, reason, message, regarding, count }: EventPicture, now: number): string =>
  `${age(at, now).padStart(4)} ago  ${type === 'Warning' ? '! ' : ''}${reason} ${regarding.kind.toLowerCase()}/${regarding.name}${count > 1 ? ` ×${count}` : ''}: ${message}`;

/** Of the thing that is described: its name need not be said again. */
const ownEvent = ({ at, reason, message, count }: EventPicture, now: number): string =>
  `${age(at, now).padStart(4)} ago  ${reason}${count > 1 ? ` ×${count}` : ''}: ${message}`;

const podFacts = (pod: PodPicture, now: number): Facts => [
  ['status', `${pod.status}, ${pod.ready} of ${pod.containers.length} containers ready`],
  ['why', pod.message],
  ['node', pod.node ?? 'none yet'],
  ['address', pod.ip],
  [
    'part of',
    pod.workload === undefined
      ? undefined
      : `${pod.workload.kind} ${pod.workload.name}${pod.revision === undefined ? '' : `, revision ${pod.revision}`}`,
  ],
  ['containers', pod.containers.join(', ')],
  ['restarts', String(pod.restarts)],
  ['age', age(pod.createdAt, now)],
];

const nodeFacts = (node: NodePicture, now: number): Facts => [
  ['role', `${node.role}${node.simulated ? ', simulated' : ''}`],
  ['state', `${node.state}${node.schedulable ? '' : ', cordoned'}`],
  ['pressure', node.pressure.join(', ')],
  ['cpu', amounts(node.cpu, cores)],
  ['memory', amounts(node.memory, bytes)],
  ['pods', `${node.pods.length} of ${node.maxPods}`],
  ['age', age(node.createdAt, now)],
];

const amounts = ({ allocatable, requested, used }: NodePicture['cpu'], format: (amount: number) => string): string =>
  `${format(requested)} asked for of ${format(allocatable)}${used === undefined ? '' : `, ${format(used)} in use`}`;

const workloadFacts = (workload: WorkloadPicture, now: number): Facts => [
  ['rollout', `${workload.state}, ${rolloutText(workload)} ready`],
  ['why', workload.message],
  ['images', workload.images.join(', ')],
  ...workload.revisions.map(({ hash, number, current, pods, ready }): [string, string] => [
    current ? 'revision' : 'older',
    `${number ?? hash}: ${ready} of ${pods} pods ready`,
  ]),
  ['age', age(workload.createdAt, now)],
];

const serviceFacts = (service: ServicePicture): Facts => [
  ['type', service.type],
  ['address', service.clusterIP],
  ['ports', service.ports.join(', ')],
  ...(service.endpoints.length === 0 ? [['endpoints', 'none'] as [string, string]] : []),
  ...service.endpoints.map(({ pod, ip, node, ready }): [string, string] => [
    ready ? 'ready' : 'not ready',
    `${pod ?? 'an endpoint'} at ${ip}${node === undefined ? '' : ` on ${node}`}`,
  ]),
];
