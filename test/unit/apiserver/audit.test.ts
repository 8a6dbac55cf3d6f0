import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../src/api/http.ts';
import { audited } from '../../../src/apiserver/audit/audit.ts';
import { type AuditPolicy, type PolicyRule, parseAuditPolicy, ruleFor } from '../../../src/apiserver/audit/policy.ts';
import type { UserInfo } from '../../../src/apiserver/auth/user.ts';
import { parseRequest } from '../../../src/apiserver/paths.ts';
import { configMap, configMaps, startServer } from './fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: events are looked into by path
type Loose = any;
const user: UserInfo = { name: 'jane', groups: ['system:masters', 'dev'] };

describe('the rule for a request', () => {
  const rows: [string, Omit<PolicyRule, 'level'>, string, string, boolean][] = [
    ['anything', {}, 'GET', '/api/v1/pods', true],
    ['anything, a path', {}, 'GET', '/healthz', true],
    ['a user', { users: ['jane'] }, 'GET', '/api/v1/pods', true],
    ['another user', { users: ['joe'] }, 'GET', '/api/v1/pods', false],
    ['a group', { userGroups: ['dev'] }, 'GET', '/api/v1/pods', true],
    ['a verb', { verbs: ['list'] }, 'GET', '/api/v1/pods', true],
    ['another verb', { verbs: ['get'] }, 'GET', '/api/v1/pods', false],
    ['a resource', { resources: [{ group: '', resources: ['pods'] }] }, 'GET', '/api/v1/namespaces/a/pods', true],
    ['a resource is no subresource', { resources: [{ group: '', resources: ['pods'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', false],
    ['a subresource', { resources: [{ group: '', resources: ['pods/log'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', true],
    ['all subresources', { resources: [{ group: '', resources: ['pods/*'] }] }, 'GET', '/api/v1/namespaces/a/pods/x/log', true],
    ['a group of resources', { resources: [{ group: 'apps' }] }, 'GET', '/apis/apps/v1/deployments', true],
    ['resources are no paths', { resources: [{ group: 'apps' }] }, 'GET', '/healthz', false],
    ['a name', { resources: [{ group: '', resources: ['pods'], resourceNames: ['x'] }] }, 'GET', '/api/v1/namespaces/a/pods/y', false],
    ['a namespace', { namespaces: ['a'] }, 'GET', '/api/v1/namespaces/a/pods', true],
    ['outside of namespaces', { namespaces: [''] }, 'GET', '/api/v1/nodes', true],
    ['paths', { nonResourceURLs: ['/healthz*'] }, 'GET', '/healthz/ping', true],
    ['paths are no resources', { nonResourceURLs: ['*'] }, 'GET', '/api/v1/pods', false],
  ];
  it.each(rows)('%s', (_name, rule, method, path, expected) => {
    const policy: AuditPolicy = { rules: [{ level: 'Metadata', ...rule }] };
    expect(ruleFor(policy, parseRequest(method, path, new URLSearchParams()), user) !== undefined).toBe(expected);
  });

  it('is the first that matches', () => {
    const policy: AuditPolicy = { rules: [{ level: 'None', verbs: ['list'] }, { level: 'Request' }] };
    expect(ruleFor(policy, parseRequest('GET', '/api/v1/pods', new URLSearchParams()), user)?.level).toBe('None');
  });
});

it.each([
  [{}, 'unknown group version , want audit.k8s.io/v1'],
  [{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [] }, 'loaded illegal policy with 0 rules'],
  [{ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Much' }] }, 'rules[0].level: Unsupported value: "Much"'],
])('a policy that makes no sense is refused: %j', (value, text) => {
  expect(() => parseAuditPolicy(value)).toThrow(text);
});

async function events(policy: AuditPolicy, request: Partial<ApiRequest> & Pick<ApiRequest, 'path'>): Promise<Loose[]> {
  const { server, clock } = await startServer();
  const lines: string[] = [];
  const handle = audited(server.handle, { policy, write: (line) => lines.push(line) }, clock);
  const whole: ApiRequest = { method: 'POST', query: new URLSearchParams(), headers: {}, signal: new AbortController().signal, ...request };
  await handle(whole, user);
  expect(lines.every((line) => line.endsWith('\n'))).toBe(true);
  return lines.map((line) => JSON.parse(line));
}

describe('the audit log', () => {
  const body = configMap('x', { data: { a: '1' } });

  it('says who asked what and how it ended, at level Metadata without bodies', async () => {
    const [received, complete] = await events({ rules: [{ level: 'Metadata' }] }, { path: configMaps, body });
    expect(received).toMatchObject({ stage: 'RequestReceived', verb: 'create', requestURI: configMaps });
    expect(complete).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      stage: 'ResponseComplete',
      user: { username: 'jane' },
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'x', apiVersion: 'v1' },
      responseStatus: { code: 201 },
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
    });
    expect(complete.auditID).toBe(received.auditID);
    expect(complete).not.toHaveProperty('requestObject');
  });

  it('shows the request at level Request and the answer too at RequestResponse', async () => {
    const [request] = await events({ omitStages: ['RequestReceived'], rules: [{ level: 'Request' }] }, { path: configMaps, body });
    expect(request.requestObject.data).toEqual({ a: '1' });
    expect(request).not.toHaveProperty('responseObject');
    const policy: AuditPolicy = { omitStages: ['RequestReceived'], rules: [{ level: 'RequestResponse', omitManagedFields: true }] };
    const [both] = await events(policy, { path: configMaps, body });
    expect(both.responseObject.metadata.uid).toBeTypeOf('string');
    expect(both.responseObject.metadata).not.toHaveProperty('managedFields');
  });

  it('says why something failed', async () => {
    const [event] = await events(
      { omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] },
      { method: 'GET', path: `${configMaps}/none` },
    );
    expect(event.responseStatus).toMatchObject({ code: 404, reason: 'NotFound', status: 'Failure' });
  });

  it('is silent at level None and without a rule', async () => {
    expect(await events({ rules: [{ level: 'None' }] }, { path: configMaps, body })).toEqual([]);
    expect(await events({ rules: [{ level: 'Metadata', users: ['joe'] }] }, { path: configMaps, body })).toEqual([]);
  });
});
