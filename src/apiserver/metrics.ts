import type { RequestInfo } from './paths.ts';

type Counted = Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource'>;

/** Counts answered requests and shows them, with the process' memory, in the Prometheus text format under upstream's names. */
export interface Metrics {
  count(request: Counted, code: number): void;
  render(): string;
}

export function createMetrics(): Metrics {
  const counts = new Map<string, number>();
  return {
    count({ verb, group, version, resource, subresource }, code) {
      const labels = `code="${code}",group="${group}",resource="${resource}",subresource="${subresource}",verb="${verb.toUpperCase()}",version="${version}"`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
    },
    render() {
      const lines = [
        '# HELP apiserver_request_total Requests answered, by what was asked and the code.',
        '# TYPE apiserver_request_total counter',
      ];
      for (const [labels, value] of counts) lines.push(`apiserver_request_total{${labels}} ${value}`);
      const { user, system } = process.cpuUsage();
      lines.push(
        '# HELP process_cpu_seconds_total User and system time spent, in seconds.',
        '# TYPE process_cpu_seconds_total counter',
        `process_cpu_seconds_total ${(user + system) / 1e6}`,
        '# HELP process_resident_memory_bytes Resident memory, in bytes.',
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      );
      return `${lines.join('\n')}\n`;
    },
  };
}
