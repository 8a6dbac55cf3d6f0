import { apiVersionOf } from '../api/object.ts';
import type { PathHandler } from './handle.ts';
import type { Resources } from './resources.ts';

const fixed = ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

/** `/`: the paths that exist. */
export function rootPaths(resources: Resources): PathHandler {
  return (request) => {
    if (request.path !== '/') return undefined;
    const groups = new Set<string>(['/api', '/apis']);
    for (const { kind } of resources.all()) {
      if (kind.group === '') groups.add(`/api/${kind.version}`);
      else groups.add(`/apis/${kind.group}`).add(`/apis/${apiVersionOf(kind)}`);
    }
    return { status: 200, body: { kind: 'object', value: { paths: [...groups, ...fixed].sort() } } };
  };
}
