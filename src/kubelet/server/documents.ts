import type { Clock } from '../../util/clock.ts';
import type { KubeletServerBackend } from './backend.ts';
import { cadvisorMetrics, kubeletMetrics, resourceMetrics } from './metrics.ts';
import { createStatsSummary } from './stats.ts';

export interface Document {
  type: string;
  body: string;
}

/** What the kubelet's server answers at paths that take no arguments; undefined at others. */
export function createDocuments(backend: KubeletServerBackend, clock: Clock): (path: string) => Promise<Document | undefined> {
  const text = (body: string): Document => ({ type: 'text/plain; charset=utf-8', body });
  const metrics = (body: string): Document => ({ type: 'text/plain; version=0.0.4; charset=utf-8', body });
  const json = (value: unknown): Document => ({ type: 'application/json', body: JSON.stringify(value) });
  const summary = createStatsSummary(backend, clock);
  const healthy = async (): Promise<Document> => text('ok');
  const documents: Readonly<Record<string, () => Promise<Document>>> = {
    '/healthz': healthy,
    '/healthz/log': healthy,
    '/healthz/ping': healthy,
    '/healthz/syncloop': healthy,
    '/pods': async () => json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: backend.pods() }),
    '/runningpods': async () =>
      json({
        kind: 'PodList',
        apiVersion: 'v1',
        metadata: {},
        items: backend.pods().filter(({ status }) => status?.phase === 'Running'),
      }),
    '/configz': async () => json({ kubeletconfig: backend.config ?? {} }),
    '/stats/summary': async () => json(await summary()),
    '/metrics': async () => metrics(await kubeletMetrics(backend)),
    '/metrics/cadvisor': async () => metrics(await cadvisorMetrics(backend, clock)),
    '/metrics/probes': async () => metrics(''),
    '/metrics/resource': async () => metrics(await resourceMetrics(backend, clock)),
  };
  return async (path) => documents[path.length > 1 ? path.replace(/\/$/, '') : path]?.();
}
