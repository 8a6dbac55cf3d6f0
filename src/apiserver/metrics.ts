import type { RequestInfo } from './paths.ts';
import { versionInfo } from './version.ts';

type Counted = Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'>;

/** Upper bounds of `apiserver_request_duration_seconds`, as upstream's. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** All answers to one sort of request. */
interface Answers {
  byCode: Map<number, number>;
  /** How many took how long, by the bucket of `bounds` that is the first to hold them; the last one has what is longer. */
  buckets: number[];
  seconds: number;
}

/** Counts answered requests and shows them, with the process' memory, in the Prometheus text format under upstream's names. */
export interface Metrics {
  /** @param seconds from reading the request to the answer; of watches, which last, none is kept. */
  count(request: Counted, code: number, seconds: number): void;
  render(): string;
}

/** Verbs as upstream's metrics name them, which is by method where there is one. */
const methods: Record<string, string> = { create: 'POST', update: 'PUT' };

const startedAt = Date.now() / 1000 - process.uptime();

export function createMetrics(): Metrics {
  const all = new Map<string, Answers>();
  return {
    count({ verb, group, version, resource, subresource, namespace, name }, code, seconds) {
      const scope = name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
      const labels = `component="apiserver",dry_run="",group="${group}",resource="${resource}",scope="${scope}",subresource="${subresource}",verb="${methods[verb] ?? verb.toUpperCase()}",version="${version}"`;
      let answers = all.get(labels);
      if (answers === undefined) {
        answers = { byCode: new Map(), buckets: new Array<number>(bounds.length + 1).fill(0), seconds: 0 };
        all.set(labels, answers);
      }
      answers.byCode.set(code, (answers.byCode.get(code) ?? 0) + 1);
      if (verb === 'watch') return;
      const at = bounds.findIndex((bound) => seconds <= bound);
      const bucket = at < 0 ? bounds.length : at;
      answers.buckets[bucket] = (answers.buckets[bucket] ?? 0) + 1;
      answers.seconds += seconds;
    },
    render() {
      const { user, system } = process.cpuUsage();
      const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo;
      const build = { build_date: buildDate, compiler, git_commit: gitCommit, git_tree_state: gitTreeState, git_version: gitVersion };
      const about = Object.entries({ ...build, go_version: goVersion, major, minor, platform }).map(([key, value]) => `${key}="${value}"`);
      return [
        ...family('apiserver_request_total', 'counter', 'Requests answered, by what was asked and the code.', counts(all)),
        ...durations(all),
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

const counts = (all: ReadonlyMap<string, Answers>): [string, number][] =>
  [...all].flatMap(([labels, { byCode }]) => [...byCode].map(([code, count]): [string, number] => [`code="${code}",${labels}`, count]));

function durations(all: ReadonlyMap<string, Answers>): string[] {
  const name = 'apiserver_request_duration_seconds';
  const lines = [...all].flatMap(([labels, { buckets, seconds }]) => {
    let total = 0;
    const upTo = buckets.map((count, i) => {
      total += count;
      return `${name}_bucket{${labels},le="${bounds[i] ?? '+Inf'}"} ${total}`;
    });
    return total === 0 ? [] : [...upTo, `${name}_sum{${labels}} ${seconds}`, `${name}_count{${labels}} ${total}`];
  });
  return [`# HELP ${name} How long answers took, by what was asked, in seconds.`, `# TYPE ${name} histogram`, ...lines];
}
