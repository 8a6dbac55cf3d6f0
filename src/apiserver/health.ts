import type { ApiResponse } from '../api/http.ts';
import type { PathHandler } from './handle.ts';
import type { Metrics } from './metrics.ts';
import { versionInfo } from './version.ts';

export interface HealthCheck {
  name: string;
  /** Undefined when healthy, else what is wrong. */
  check(): Promise<string | undefined>;
}

const text = (status: number, data: string): ApiResponse => ({
  status,
  headers: { 'x-content-type-options': 'nosniff' },
  body: { kind: 'raw', contentType: 'text/plain; charset=utf-8', data },
});

/** What is no API object is indented for everyone (upstream: responsewriters.WriteRawJSON). */
export const indentedJson = (value: unknown): ApiResponse => ({
  status: 200,
  body: { kind: 'raw', contentType: 'application/json', data: JSON.stringify(value, undefined, 2) },
});

/** `/healthz`, `/livez`, `/readyz` with `?verbose` and `?exclude=`, and each check by itself below them; `/version`; `/metrics`. */
export function healthPaths(checks: { live: readonly HealthCheck[]; ready: readonly HealthCheck[] }, metrics: Metrics): PathHandler {
  return async (request) => {
    const [root = '', check, ...more] = request.path.split('/').filter((part) => part !== '');
    if (root === 'version' && check === undefined) return indentedJson(versionInfo);
    if (root === 'metrics' && check === undefined) {
      return { status: 200, body: { kind: 'raw', contentType: 'text/plain; version=0.0.4; charset=utf-8', data: metrics.render() } };
    }
    if (root !== 'healthz' && root !== 'livez' && root !== 'readyz') return undefined;
    const all = root === 'readyz' ? checks.ready : checks.live;
    if (check === undefined) return report(root, all, request.query);
    const name = [check, ...more].join('/');
    const found = all.find((one) => one.name === name);
    if (found === undefined) return undefined;
    const fault = await found.check();
    return fault === undefined ? text(200, 'ok') : text(500, `internal server error: ${fault}\n`);
  };
}

async function report(root: string, checks: readonly HealthCheck[], query: URLSearchParams): Promise<ApiResponse> {
  const excluded = new Set(query.getAll('exclude'));
  const results = await Promise.all(
    checks.map(async ({ name, check }) => ({ name, skipped: excluded.has(name), fault: excluded.has(name) ? undefined : await check() })),
  );
  const lines = results.map(({ name, skipped, fault }) =>
    skipped ? `[+]${name} excluded: ok` : fault === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  );
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name)).sort();
  if (unknown.length > 0) {
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}`);
  }
  const failed = results.some(({ fault }) => fault !== undefined);
  if (failed) return text(500, `${lines.join('\n')}\n${root} check failed\n`);
  return query.has('verbose') ? text(200, `${lines.join('\n')}\n${root} check passed\n`) : text(200, 'ok');
}

/** The steps of upstream's start, under the names that its checks have; here all are done in one go. */
const startHooks = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'aggregator-reload-proxy-client-cert',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
].map((name) => `poststarthook/${name}`);
const lastHooks = [
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
];

/** The checks of a server, in upstream's order. `started` says whether its start is over. */
export function healthChecks(store: HealthCheck['check'], started: () => boolean): { live: HealthCheck[]; ready: HealthCheck[] } {
  const always: HealthCheck['check'] = async () => undefined;
  const after: HealthCheck['check'] = async () => (started() ? undefined : 'not finished');
  const base: HealthCheck[] = [
    { name: 'ping', check: always },
    { name: 'log', check: always },
    { name: 'etcd', check: store },
  ];
  const hooks = [...startHooks, ...lastHooks].map((name) => ({ name, check: after }));
  const ready = [
    { name: 'etcd-readiness', check: store },
    { name: 'informer-sync', check: after },
  ];
  return { live: [...base, ...hooks], ready: [...base, ...ready, ...hooks, { name: 'shutdown', check: always }] };
}
