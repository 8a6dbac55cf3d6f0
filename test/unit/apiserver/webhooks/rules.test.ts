import { describe, expect, it } from 'vitest';
import type { NamedRuleWithOperations } from '../../../../src/api/types/admissionregistration-v1.ts';
import { type Requested, ruleMatches } from '../../../../src/apiserver/admission/match/rules.ts';

const base: NamedRuleWithOperations = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] };
const podCreate: Requested = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'web',
};

describe('a rule of a webhook', () => {
  const rows: [string, NamedRuleWithOperations, Partial<Requested>, boolean][] = [
    ['everything, for a resource', base, {}, true],
    ['everything is no subresource', base, { subresource: 'status' }, false],
    ['a resource with its subresources', { ...base, resources: ['pods/*'] }, { subresource: 'status' }, true],
    ['pods/* takes in the pods themselves', { ...base, resources: ['pods/*'] }, {}, true],
    ['one subresource of all', { ...base, resources: ['*/scale'] }, { resource: 'deployments', subresource: 'scale' }, true],
    ['all of all', { ...base, resources: ['*/*'] }, { subresource: 'exec' }, true],
    ['another operation', { ...base, operations: ['UPDATE', 'DELETE'] }, {}, false],
    ['one of the operations', { ...base, operations: ['UPDATE', 'CREATE'] }, {}, true],
    ['the core group', { ...base, apiGroups: [''] }, {}, true],
    ['another group', { ...base, apiGroups: ['apps'] }, {}, false],
    ['another version', { ...base, apiVersions: ['v2'] }, {}, false],
    ['namespaced only', { ...base, scope: 'Namespaced' }, {}, true],
    ['namespaced only, a cluster-scoped object', { ...base, scope: 'Namespaced' }, { resource: 'nodes', namespace: '' }, false],
    ['cluster-scoped only', { ...base, scope: 'Cluster' }, {}, false],
    ['cluster-scoped only, a cluster-scoped object', { ...base, scope: 'Cluster' }, { resource: 'nodes', namespace: '' }, true],
    ['by name', { ...base, resourceNames: ['web'] }, {}, true],
    ['by another name', { ...base, resourceNames: ['db'] }, {}, false],
    ['without operations', { ...base, operations: [] }, {}, false],
  ];
  it.each(rows)('%s', (_name, rule, change, expected) => {
    expect(ruleMatches(rule, { ...podCreate, ...change })).toBe(expected);
  });
});
