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
    if ((root !== 'healthz' && root !== 'livez' && root !== 'readyz') || more.length > 0) return undefined;
    const all = [...checks.live, ...(root === 'readyz' ? checks.ready : [])];
    if (check !== undefined) {
      const found = all.find(({ name }) => name === check);
      if (found === undefined) return undefined;
      const fault = await found.check();
      return fault === undefined ? text(200, 'ok') : text(500, `internal server error: ${fault}\n`);
    }
    return report(root, all, request.query);
  };
}

async function report(root: string, checks: readonly HealthCheck[], query: URLSearchParams): Promise<ApiResponse> {
  const excluded = new Set(query.getAll('exclude').flatMap((value) => value.split(',')));
  const results = await Promise.all(
    checks.map(async ({ name, check }) => ({ name, skipped: excluded.has(name), fault: excluded.has(name) ? undefined : await check() })),
  );
  const lines = results.map(({ name, skipped, fault }) =>
    skipped ? `[+]${name} excluded: ok` : fault === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  );
  const failed = results.some(({ fault }) => fault !== undefined);
  if (failed) return text(500, `${lines.join('\n')}\n${root} check failed\n`);
  return query.has('verbose') ? text(200, `${lines.join('\n')}\n${root} check passed\n`) : text(200, 'ok');
}
