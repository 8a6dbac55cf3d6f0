import { quantityToNumber } from '../../api/quantity.ts';
import type { Clock } from '../../util/clock.ts';
import type { KubeletServerBackend } from './backend.ts';
import { type ContainerUsage, podsOf, sum, usageOf } from './usage.ts';

type Sample = [labels: Record<string, string>, value: number];

const text = (value: string): string => value.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));

/** One family in the Prometheus text format. */
function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[], at?: number): string[] {
  const when = at === undefined ? '' : ` ${at}`;
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => {
      const pairs = Object.entries(labels).map(([key, own]) => `${key}="${text(own)}"`);
      return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}${when}`;
    }),
  ];
}
const page = (...families: string[][]): string => `${families.flat().join('\n')}\n`;

const seconds = (nanoseconds: number): number => nanoseconds / 1e9;

/** `/metrics/resource`: what metrics-server reads. */
export async function resourceMetrics(backend: KubeletServerBackend, clock: Clock): Promise<string> {
  const { node, containers } = await usageOf(backend);
  const at = clock.now();
  const ofContainer = ({ container, namespace, pod }: ContainerUsage) => ({ container, namespace, pod });
  const pods = [...podsOf(containers).values()].map((own) => ({
    labels: { namespace: own[0]?.namespace ?? '', pod: own[0]?.pod ?? '' },
    ...sum(own),
  }));
  const cpu = 'Cumulative cpu time consumed by the';
  const memory = 'Current working set of the';
  return page(
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      `[STABLE] ${cpu} container in core-seconds`,
      containers.map((one) => [ofContainer(one), seconds(one.cpuNanoseconds)]),
      at,
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      `[STABLE] ${memory} container in bytes`,
      containers.map((one) => [ofContainer(one), one.memoryWorkingSetBytes]),
      at,
    ),
    family(
      'container_start_time_seconds',
      'gauge',
      '[STABLE] Start time of the container since unix epoch in seconds',
      containers.map((one) => [ofContainer(one), (one.startedAt ?? at) / 1000]),
    ),
    family('node_cpu_usage_seconds_total', 'counter', `[STABLE] ${cpu} node in core-seconds`, [[{}, seconds(node.cpuNanoseconds)]], at),
    family('node_memory_working_set_bytes', 'gauge', `[STABLE] ${memory} node in bytes`, [[{}, node.memoryWorkingSetBytes]], at),
    family(
      'pod_cpu_usage_seconds_total',
      'counter',
      `[STABLE] ${cpu} pod in core-seconds`,
      pods.map((one) => [one.labels, seconds(one.cpuNanoseconds)]),
      at,
    ),
    family(
      'pod_memory_working_set_bytes',
      'gauge',
      `[STABLE] ${memory} pod in bytes`,
      pods.map((one) => [one.labels, one.memoryWorkingSetBytes]),
      at,
    ),
    family('resource_scrape_error', 'gauge', '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise', [[{}, 0]]),
  );
}

/** `/metrics/cadvisor`: containers under the names that dashboards know. */
export async function cadvisorMetrics(backend: KubeletServerBackend, clock: Clock): Promise<string> {
  const { containers } = await usageOf(backend);
  const at = clock.now();
  const labels = ({ container, namespace, pod, uid, id, image }: ContainerUsage) => ({
    container,
    id: `/kubepods/pod${uid}/${id}`,
    image,
    name: id,
    namespace,
    pod,
  });
  const { cpu, memory } = backend.capacity ?? {};
  return page(
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed in seconds.',
      containers.map((one) => [{ ...labels(one), cpu: 'total' }, seconds(one.cpuNanoseconds)]),
      at,
    ),
    family(
      'container_memory_usage_bytes',
      'gauge',
      'Current memory usage in bytes, including all memory regardless of when it was accessed',
      containers.map((one) => [labels(one), one.memory?.usageBytes ?? one.memoryWorkingSetBytes]),
      at,
    ),
    family(
      'container_memory_rss',
      'gauge',
      'Size of RSS in bytes.',
      containers.flatMap((one): Sample[] => (one.memory === undefined ? [] : [[labels(one), one.memory.rssBytes]])),
      at,
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set in bytes.',
      containers.map((one) => [labels(one), one.memoryWorkingSetBytes]),
      at,
    ),
    family(
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds.',
      containers.map((one) => [labels(one), (one.startedAt ?? at) / 1000]),
    ),
    family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.', [[{}, Math.ceil(quantityToNumber(cpu))]]),
    family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.', [[{}, quantityToNumber(memory)]]),
  );
}

/** `/metrics`: the kubelet itself. */
export async function kubeletMetrics(backend: KubeletServerBackend): Promise<string> {
  const [sandboxes, containers] = await Promise.all([backend.runtime.listPodSandboxes(), backend.runtime.listContainers()]);
  const states = Map.groupBy(containers, ({ state }) => state);
  const memory = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return page(
    family('kubelet_node_name', 'gauge', "[ALPHA] The node's name. The count is always 1.", [[{ node: backend.nodeName }, 1]]),
    family('kubelet_running_pods', 'gauge', '[BETA] Number of pods that have a running pod sandbox', [
      [{}, sandboxes.filter(({ state }) => state === 'ready').length],
    ]),
    family(
      'kubelet_running_containers',
      'gauge',
      '[BETA] Number of containers currently running',
      [...states].map(([state, list]) => [{ container_state: state }, list.length]),
    ),
    family('kubernetes_build_info', 'gauge', '[ALPHA] A metric with a constant 1 value labeled by what it was built from.', [
      [{ git_version: backend.version ?? '', major: '1', minor: '36' }, 1],
    ]),
    family('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', [[{}, (user + system) / 1e6]]),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [[{}, memory.rss]]),
    family('process_start_time_seconds', 'gauge', 'Start time of the process since unix epoch in seconds.', [
      [{}, performance.timeOrigin / 1000],
    ]),
  );
}
