import { kinds } from '../scheme.ts';
import type { ContainerState, ContainerStatus, Pod, PodTemplate } from '../types/core-v1.ts';
import { containerCells, labelsText, orNone, since } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, type TableRowCondition, wide } from './table.ts';

const definitions = [
  nameColumn,
  column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
  column('Status', 'The aggregate status of the containers in this pod.'),
  column(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  ),
  ageColumn,
  wide('IP', doc('core.v1.PodStatus', 'podIP')),
  wide('Node', doc('core.v1.PodSpec', 'nodeName')),
  wide('Nominated Node', doc('core.v1.PodStatus', 'nominatedNodeName')),
  wide('Readiness Gates', doc('core.v1.PodSpec', 'readinessGates')),
];

interface Summary {
  reason: string;
  ready: number;
  restarts: number;
  /** When a container that counts ended last, in milliseconds; 0 for never. */
  lastRestart: number;
}

/** Counts restarts of containers that were seen to end. */
function restartsOf(statuses: readonly ContainerStatus[]): { restarts: number; lastRestart: number } {
  let restarts = 0;
  let lastRestart = 0;
  for (const status of statuses) {
    restarts += status.restartCount;
    const ended = status.lastState?.terminated?.finishedAt;
    if (ended !== undefined) lastRestart = Math.max(lastRestart, Date.parse(ended));
  }
  return { restarts, lastRestart };
}

function endOf(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason !== undefined && terminated.reason !== '') return terminated.reason;
  return (terminated.signal ?? 0) !== 0 ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

const hasCondition = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;

/** The STATUS column: the pod's phase unless a container, init container or deletion says more. */
export const podStatusText = (pod: Pod): string => podSummary(pod).reason;

/** What `kubectl get pods` says of a pod in its READY, STATUS and RESTARTS columns. */
export function podSummary(pod: Pod): Summary {
  const { spec, status } = pod;
  const sidecars = new Set((spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  const initStatuses = status?.initContainerStatuses ?? [];
  let reason = (status?.reason ?? '') !== '' ? (status?.reason ?? '') : (status?.phase ?? '');
  if (status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated') === true) reason = 'SchedulingGated';
  let ready = 0;
  let counted: ContainerStatus[] = [];
  let initializing = false;
  for (const [i, container] of initStatuses.entries()) {
    counted.push(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && terminated.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    initializing = true;
    if (terminated !== undefined) reason = `Init:${endOf(terminated)}`;
    else if ((waiting?.reason ?? '') !== '' && waiting?.reason !== 'PodInitializing') reason = `Init:${waiting?.reason}`;
    else reason = `Init:${i}/${spec?.initContainers?.length ?? 0}`;
    break;
  }
  if (!initializing || hasCondition(pod, 'Initialized')) {
    const statuses = status?.containerStatuses ?? [];
    counted = [...counted.filter((container) => sidecars.has(container.name)), ...statuses];
    let running = false;
    for (const container of statuses.toReversed()) {
      const { terminated, waiting } = container.state ?? {};
      if ((waiting?.reason ?? '') !== '') reason = waiting?.reason ?? '';
      else if (terminated !== undefined) reason = endOf(terminated);
      else if (container.ready && container.state?.running !== undefined) {
        running = true;
        ready++;
      }
    }
    if (reason === 'Completed' && running) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status?.reason === 'NodeLost') reason = 'Unknown';
    else if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') reason = 'Terminating';
  }
  return { reason, ready, ...restartsOf(counted) };
}

function gatesText(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter((gate) => hasCondition(pod, gate.conditionType)).length}/${gates.length}`;
}

function cells(pod: Pod, now: number): unknown[] {
  const { reason, ready, restarts, lastRestart } = podSummary(pod);
  const sidecars = pod.spec?.initContainers?.filter((container) => container.restartPolicy === 'Always').length ?? 0;
  const ago = restarts > 0 && lastRestart > 0 ? ` (${since(new Date(lastRestart).toISOString(), now)} ago)` : '';
  return [
    pod.metadata.name ?? '',
    `${ready}/${(pod.spec?.containers.length ?? 0) + sidecars}`,
    reason,
    `${restarts}${ago}`,
    age(pod, now),
    orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
    orNone(pod.spec?.nodeName),
    orNone(pod.status?.nominatedNodeName),
    gatesText(pod),
  ];
}

const completed = (reason: string, message: string): TableRowCondition[] => [{ type: 'Completed', status: 'True', reason, message }];
const succeeded = completed('Succeeded', 'The pod has completed successfully.');
const failed = completed('Failed', 'The pod failed.');

export const podColumns = [
  columnsOf(kinds.Pod, definitions, cells, (pod) =>
    pod.status?.phase === 'Succeeded' ? succeeded : pod.status?.phase === 'Failed' ? failed : undefined,
  ),
  columnsOf(
    kinds.PodTemplate,
    [
      nameColumn,
      column('Containers', 'Names of each container in the template.'),
      column('Images', 'Images referenced by each container in the template.'),
      column('Pod Labels', 'The labels for the pod template.'),
    ],
    (object: PodTemplate) => [
      object.metadata.name ?? '',
      ...containerCells(object.template?.spec?.containers),
      labelsText(object.template?.metadata?.labels),
    ],
  ),
];
