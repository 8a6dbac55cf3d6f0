import { createHash } from 'node:crypto';
import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { RemoteService } from '../aggregation/remote.ts';
import { methodNotAllowed, type PathHandler } from '../handle.ts';
import { discoveryOffer, negotiate, parseClause } from '../negotiate.ts';
import type { Resources } from '../resources.ts';
import { aggregatedDiscovery } from './aggregated.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions, type ServedGroup, servedGroups } from './groups.ts';
import { type RemoteVersions, withRemoteDiscovery, withRemoteGroups } from './remote.ts';

/** Answers `/api`, `/apis` and what lies directly below them. `serverAddress` is `host:port` as clients reach it. */
export function discoveryPaths(resources: Resources, remote: RemoteVersions, serverAddress: () => string): PathHandler {
  return (request) => {
    const parts = request.path.split('/').filter((part) => part !== '');
    if (parts[0] !== 'api' && parts[0] !== 'apis') return undefined;
    const groups = servedGroups(resources);
    // The aggregator, which answers about groups, does not ask for what.
    const readOnly = parts[0] === 'api' || parts.length > 2;
    if (readOnly && request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    if (parts.length === 1) return root(request, parts[0], groups, [...remote.all()], serverAddress());
    negotiate(request.headers['accept'], discoveryOffer);
    const group = groups.find(({ name }) => name === (parts[0] === 'api' ? '' : parts[1]));
    const versionText = parts[0] === 'api' ? parts[1] : parts[2];
    if (versionText === undefined) {
      const [found] = withRemoteGroups(group === undefined ? [] : [apiGroup(group)], remotesOf(remote, parts[1]));
      return found === undefined ? undefined : object({ kind: 'APIGroup', apiVersion: 'v1', ...found });
    }
    if (group === undefined) return undefined;
    const version = group.versions.find((candidate) => candidate.version === versionText);
    return version === undefined ? undefined : object(apiResourceList(group.name, version.version, version.resources));
  };
}

const remotesOf = (remote: RemoteVersions, group: string | undefined): RemoteService[] =>
  [...remote.all()].filter((one) => one.group === group);

const object = (value: unknown): ApiResponse => ({ status: 200, body: { kind: 'object', value } });

/** The two roots: aggregated for those who accept it (`/api` has the core group, `/apis` the rest), else the plain lists. */
function root(
  request: ApiRequest,
  name: 'api' | 'apis',
  groups: ServedGroup[],
  remotes: readonly RemoteService[],
  serverAddress: string,
): ApiResponse {
  const version = aggregatedVersion(request.headers['accept']);
  if (version !== undefined) {
    const own = groups.filter((group) => (group.name === '') === (name === 'api'));
    const found = aggregatedDiscovery(own, version);
    const whole = name === 'api' ? found : { ...found, items: withRemoteDiscovery(found.items, remotes) };
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return tagged(Buffer.from(JSON.stringify(whole)), contentType, request.headers['if-none-match']);
  }
  negotiate(request.headers['accept'], discoveryOffer);
  const list = apiGroupList(groups);
  const plain = name === 'api' ? apiVersions(serverAddress) : { ...list, groups: withRemoteGroups(list.groups, remotes) };
  return { ...object(plain), headers: { vary: 'Accept' } };
}

/** With the hash as its tag, so that clients that keep the answer need not read it again (upstream: ServeHTTPWithETag). */
function tagged(data: Buffer, contentType: string, known: string | undefined): ApiResponse {
  const etag = `"${createHash('sha512').update(data).digest('hex').toUpperCase()}"`;
  const headers = { etag, vary: 'Accept', 'cache-control': 'public' };
  if (known === etag) return { status: 304, headers, body: { kind: 'raw', contentType, data: '' } };
  return { status: 200, headers, body: { kind: 'raw', contentType, data } };
}

/** The first clause decides, as upstream's WrapAggregatedDiscoveryToHandler has it. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const clause of (accept ?? '').split(',').map(parseClause)) {
    if (clause.type !== 'application/json') continue;
    const { parameters } = clause;
    const version = parameters.get('v');
    const asked = parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('as') === 'APIGroupDiscoveryList';
    if (!asked) return undefined;
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
