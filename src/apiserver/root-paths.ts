import { apiVersionOf } from '../api/object.ts';
import type { PathHandler } from './handle.ts';
import { indentedJson } from './health.ts';
import type { Resources } from './resources.ts';

const fixed = [
  '/.well-known/openid-configuration',
  ...['/healthz', '/livez', '/readyz'].flatMap((root) => [root, `${root}/etcd`, `${root}/ping`]),
  '/readyz/poststarthook/bootstrap',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/version',
];

/** `/`: the paths that exist. */
export function rootPaths(resources: Resources): PathHandler {
  return (request) => {
    if (request.path !== '/') return undefined;
    const groups = new Set<string>(['/api', '/apis']);
    for (const { kind } of resources.all()) {
      if (kind.group === '') groups.add(`/api/${kind.version}`);
      else groups.add(`/apis/${kind.group}`).add(`/apis/${apiVersionOf(kind)}`);
    }
    return indentedJson({ paths: [...groups, ...fixed].sort() });
  };
}
