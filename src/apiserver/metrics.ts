import type { RequestInfo } from './paths.ts';
import { versionInfo } from './version.ts';

type Counted = Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'>;

/** Counts answered requests and shows them, with the process' memory, in the Prometheus text format under upstream's names. */
export interface Metrics {
  count(request: Counted, code: number): void;
  render(): string;
}

/** Verbs as upstream's metrics name them, which is by method where there is one. */
const methods: Record<string, string> = { create: 'POST', update: 'PUT' };

const startedAt = Date.now() / 1000 - process.uptime();

export function createMetrics(): Metrics {
  const counts = new Map<string, number>();
  return {
    count({ verb, group, version, resource, subresource, namespace, name }, code) {
      const scope = name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
      const labels = `code="${code}",component="apiserver",dry_run="",group="${group}",resource="${resource}",scope="${scope}",subresource="${subresource}",verb="${methods[verb] ?? verb.toUpperCase()}",version="${version}"`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
    },
    render() {
      const { user, system } = process.cpuUsage();
      const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo;
      const build = { build_date: buildDate, compiler, git_commit: gitCommit, git_tree_state: gitTreeState, git_version: gitVersion };
      const about = Object.entries({ ...build, go_version: goVersion, major, minor, platform }).map(([key, value]) => `${key}="${value}"`);
      return [
        ...family('apiserver_request_total', 'counter', 'Requests answered, by what was asked and the code.', counts),
        ...family('kubernetes_build_info', 'gauge', 'What this server is, always 1.', [[about.join(','), 1]]),
        ...family('process_cpu_seconds_total', 'counter', 'User and system time spent, in seconds.', [['', (user + system) / 1e6]]),
        ...family('process_resident_memory_bytes', 'gauge', 'Resident memory, in bytes.', [['', process.memoryUsage.rss()]]),
        ...family('process_start_time_seconds', 'gauge', 'When the process started, in seconds since 1970.', [['', startedAt]]),
        '',
      ].join('\n');
    },
  };
}

const family = (name: string, type: 'counter' | 'gauge', help: string, values: Iterable<[labels: string, value: number]>): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...[...values].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`),
];
