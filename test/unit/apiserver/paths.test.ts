import { describe, expect, test } from 'vitest';
import { parseRequest } from '../../../src/apiserver/paths.ts';

const rows: { name: string; method: string; url: string; want: Record<string, unknown> }[] = [
  { name: 'the root is no resource', method: 'GET', url: '/', want: { isResource: false, verb: 'get', path: '/' } },
  { name: 'a version alone is no resource', method: 'GET', url: '/api/v1', want: { isResource: false } },
  { name: 'a group version alone is no resource', method: 'GET', url: '/apis/apps/v1', want: { isResource: false } },
  {
    name: 'a list in a namespace',
    method: 'GET',
    url: '/api/v1/namespaces/default/pods',
    want: { verb: 'list', group: '', version: 'v1', namespace: 'default', resource: 'pods', name: '' },
  },
  {
    name: 'escaped slashes are slashes',
    method: 'GET',
    url: '/api%2Fv1/namespaces/default%2Fpods/a%20b',
    want: { verb: 'get', namespace: 'default', resource: 'pods', name: 'a b' },
  },
  {
    name: 'escapes that mean nothing stay as they are',
    method: 'GET',
    url: '/api/v1/namespaces/default/pods/a%zz',
    want: { resource: 'pods', name: 'a%zz' },
  },
  { name: 'a list over all namespaces', method: 'GET', url: '/api/v1/pods', want: { verb: 'list', namespace: '', resource: 'pods' } },
  { name: 'a watch by query', method: 'GET', url: '/api/v1/pods?watch=1', want: { verb: 'watch' } },
  { name: 'a watch by an empty value', method: 'GET', url: '/api/v1/pods?watch', want: { verb: 'watch' } },
  { name: 'a watch by any other value', method: 'GET', url: '/api/v1/pods?watch=yes', want: { verb: 'watch' } },
  { name: 'watch=false is a list', method: 'GET', url: '/api/v1/pods?watch=false', want: { verb: 'list' } },
  {
    name: 'a watch by the old path',
    method: 'GET',
    url: '/api/v1/watch/namespaces/default/pods/web',
    want: { verb: 'watch', namespace: 'default', resource: 'pods', name: 'web' },
  },
  {
    name: 'one object of a group',
    method: 'PUT',
    url: '/apis/apps/v1/namespaces/default/deployments/web',
    want: { verb: 'update', group: 'apps', version: 'v1', resource: 'deployments', name: 'web', subresource: '' },
  },
  {
    name: 'a subresource',
    method: 'PATCH',
    url: '/apis/apps/v1/namespaces/default/deployments/web/scale',
    want: { verb: 'patch', name: 'web', subresource: 'scale' },
  },
  {
    name: 'a namespace is in itself',
    method: 'DELETE',
    url: '/api/v1/namespaces/team',
    want: { verb: 'delete', resource: 'namespaces', name: 'team', namespace: 'team' },
  },
  {
    name: 'a namespace has subresources',
    method: 'PUT',
    url: '/api/v1/namespaces/team/finalize',
    want: { resource: 'namespaces', name: 'team', subresource: 'finalize' },
  },
  {
    name: 'deleting without a name deletes the collection',
    method: 'DELETE',
    url: '/api/v1/namespaces/default/pods',
    want: { verb: 'deletecollection' },
  },
  {
    name: 'a name in the field selector counts as a name',
    method: 'GET',
    url: '/api/v1/namespaces/default/secrets?fieldSelector=metadata.name%3Dtoken',
    want: { verb: 'list', name: 'token' },
  },
  {
    name: 'what follows a proxy is kept byte for byte',
    method: 'GET',
    url: '/api/v1/namespaces/default/services/http:web:80/proxy/a%2Fb//c',
    want: { name: 'http:web:80', subresource: 'proxy', rest: '/a%2Fb//c' },
  },
  { name: 'a proxied root', method: 'GET', url: '/api/v1/nodes/n1/proxy/', want: { name: 'n1', subresource: 'proxy', rest: '/' } },
  {
    name: 'an escaped name',
    method: 'GET',
    url: '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    want: { name: 'system:node' },
  },
];

describe('parseRequest', () => {
  test.each(rows)('$name', ({ method, url, want }) => {
    const [path = '', search = ''] = url.split('?');
    expect(parseRequest(method, path, new URLSearchParams(search))).toMatchObject(want);
  });
});
