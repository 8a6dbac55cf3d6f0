import type { FlowSchema, PriorityLevelConfiguration, Subject } from '../../api/types/flowcontrol-v1.ts';
import { allAuthenticated, allUnauthenticated, nodesGroup, serviceAccountsGroup, systemMasters } from '../auth/user.ts';

/** What upstream makes at start and keeps (pkg/apis/flowcontrol/bootstrap/default.go). This server queues no requests. */
const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

const limited = (name: string, shares: number, lendable: number, queues?: number, handSize?: number): PriorityLevelConfiguration => ({
  metadata: { name, annotations },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse:
        queues === undefined || handSize === undefined
          ? { type: 'Reject' }
          : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  },
});

export const priorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    metadata: { name: 'exempt', annotations },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  limited('catch-all', 5, 0),
  limited('system', 30, 33, 64, 6),
  limited('node-high', 40, 25, 64, 6),
  limited('leader-election', 10, 0, 16, 4),
  limited('workload-high', 40, 50, 128, 6),
  limited('workload-low', 100, 90, 128, 6),
  limited('global-default', 20, 50, 128, 6),
];

const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const systemAccounts = (...names: string[]): Subject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>;
type Rule = Omit<Rules[number], 'subjects'>;

const all = ['*'];
const everything: Rule = {
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
};
const on = (verbs: string[], group: string, resources: string[], clusterScope = false): NonNullable<Rule['resourceRules']>[number] => ({
  verbs,
  apiGroups: [group],
  resources,
  namespaces: all,
  ...(clusterScope ? { clusterScope } : {}),
});
const write = ['get', 'create', 'update'];
const leases: Rule = { resourceRules: [on(write, 'coordination.k8s.io', ['leases'])] };

const schema = (
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  subjects: Subject[],
  rule: Rule,
): FlowSchema => ({
  metadata: { name, annotations },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [{ subjects, ...rule }],
  },
});

const everyone = groups(allUnauthenticated, allAuthenticated);
const controllerManager = users('system:kube-controller-manager');
const scheduler = users('system:kube-scheduler');

export const flowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, groups(systemMasters), everything),
  schema('probes', 'exempt', 2, undefined, everyone, {
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', [...controllerManager, ...scheduler], leases),
  schema(
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    [...controllerManager, ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller')],
    { resourceRules: [on(write, '', ['endpoints'])] },
  ),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', systemAccounts('*'), leases),
  schema('system-node-high', 'node-high', 400, 'ByUser', groups(nodesGroup), {
    resourceRules: [on(all, '', ['nodes', 'nodes/status'], true), on(all, 'coordination.k8s.io', ['leases'])],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', groups(nodesGroup), everything),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', controllerManager, everything),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', scheduler, everything),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', systemAccounts('*'), everything),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', groups(serviceAccountsGroup), everything),
  schema('global-default', 'global-default', 9900, 'ByUser', everyone, everything),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everyone, everything),
];
