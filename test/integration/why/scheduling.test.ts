import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SchedulingRecord } from '../../../src/api/scheduling-record.ts';
import { kinds } from '../../../src/api/scheme.ts';
import { explain } from '../../../src/why/explain.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { until } from '../../support/until.ts';
import { type Cause, create, holds, textOf } from './cause.ts';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 3 });
  const zones = { 'node-0': 'east', 'node-1': 'west', 'node-2': 'west' };
  for (const [name, zone] of Object.entries(zones)) {
    await cluster.client.patch(kinds.Node, name, undefined, { metadata: { labels: { zone } } });
  }
});
afterAll(() => cluster.stop());

const pod = (name: string, spec: string, labels = `{app: ${name}}`) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: ${labels}}
spec:
  terminationGracePeriodSeconds: 0
${spec.replace(/^/gm, '  ')}`;
const main = 'containers: [{name: main, image: site:1}]';
const asking = (cpu: string) => `containers: [{name: main, image: site:1, resources: {requests: {cpu: ${cpu}}}}]`;
const all = (...documents: string[]) => documents.join('\n---');

const causes: Record<string, Cause> = {
  'no node has the cpu: the nearest, and by how much': {
    namespace: 'no-cpu',
    ask: 'pod/web',
    given: all(...['3', '2500m', '3500m'].map((cpu, i) => pod(`hog-${i}`, `nodeName: node-${i}\n${asking(cpu)}`)), pod('web', asking('2'))),
    code: 'UNSCHEDULABLE',
    says: [
      'none of 3 nodes can take it. The nearest is node-1, which needs 500m more cpu.',
      /node-1 +NodeResourcesFit +500m more cpu \(wants 2, 1\.5 of 4 free\)/,
      /node-0 +NodeResourcesFit +1 more cpu/,
      'ask for at most 1500m cpu instead of 2',
      'free 500m cpu on node-1, where no-cpu/hog-1 holds 2.5',
      '3 Insufficient cpu',
    ],
    cure: ['kubectl delete pod hog-1 -n no-cpu'],
  },
  'no node is that large': {
    namespace: 'no-node-is-that-large',
    ask: 'po/huge',
    given: pod('huge', asking('64')),
    code: 'UNSCHEDULABLE',
    says: ['a node with at least 64 cpu: all of node-0 is 4'],
  },
  'a node label is missing': {
    namespace: 'a-node-label-is-missing',
    ask: 'pod/web',
    given: pod('web', `nodeSelector: {disktype: ssd}\n${main}`),
    code: 'UNSCHEDULABLE',
    says: [/node-0, node-1, node-2 +NodeAffinity +label disktype=ssd \(has none\)/],
    cure: ['kubectl label node node-0 disktype=ssd'],
  },
  'a pod that must be near another': {
    namespace: 'a-pod-that-must-be-near-another',
    ask: 'pod/web',
    given: pod(
      'web',
      `affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {app: db}}}]}}\n${main}`,
    ),
    code: 'UNSCHEDULABLE',
    says: [/InterPodAffinity +a pod with app=db in its zone/, 'none runs anywhere'],
    cure: [pod('db', main)],
  },
  'more replicas than nodes, one on each': {
    namespace: 'one-on-each',
    ask: 'deploy/web',
    given: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}
      ${main}`,
    code: 'ROLLOUT_STUCK',
    root: 'UNSCHEDULABLE',
    says: ['Deployment web has 3 of 4 pods ready. Pod web-', '(anti-affinity of the pod)', 'fewer replicas'],
  },
  'zones out of balance': {
    namespace: 'out-of-balance',
    ask: 'pod/web-2',
    given: all(
      pod('web-0', `nodeName: node-1\n${main}`, '{set: web}'),
      pod('hog', `nodeName: node-0\n${asking('4')}`),
      pod(
        'web-2',
        `topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {set: web}}}]\n${asking('1')}`,
        '{set: web}',
      ),
    ),
    code: 'UNSCHEDULABLE',
    says: [/PodTopologySpread +balance: zone=west would have 2, east has 0 \(maxSkew 1\)/, 'needs 1 more cpu'],
    cure: ['kubectl delete pod hog -n out-of-balance'],
  },
  'a port of the node is taken': {
    namespace: 'node-port',
    ask: 'pod/second',
    given: all(
      pod('first', 'nodeName: node-0\ncontainers: [{name: main, image: site:1, ports: [{containerPort: 80, hostPort: 8080}]}]'),
      pod('second', 'nodeSelector: {zone: east}\ncontainers: [{name: main, image: site:1, ports: [{containerPort: 80, hostPort: 8080}]}]'),
    ),
    code: 'UNSCHEDULABLE',
    says: [/node-0 +NodePorts +host port 8080 \(taken by .*\/first\)/],
    cure: ['kubectl delete pod first -n node-port'],
  },
  'a scheduling gate': {
    namespace: 'gated',
    ask: 'pod/web',
    given: pod('web', `schedulingGates: [{name: example.com/budget}]\n${main}`),
    code: 'SCHEDULING_GATED',
    says: ['held by the scheduling gate example.com/budget'],
    cure: [`kubectl patch pod web -n gated --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'`],
  },
  'a scheduler that does not exist': {
    namespace: 'a-scheduler-that-does-not-exist',
    ask: 'pod/web',
    given: pod('web', `schedulerName: stork\n${main}`),
    code: 'NO_SUCH_SCHEDULER',
    says: ['asks for the scheduler "stork"'],
  },
  'a claim that does not exist': {
    namespace: 'a-claim-that-does-not-exist',
    ask: 'pod/web',
    given: all(
      `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`,
      pod('web', `volumes: [{name: d, persistentVolumeClaim: {claimName: date}}]\n${main}`),
    ),
    code: 'CLAIM_MISSING',
    says: [
      'uses the PersistentVolumeClaim date, and there is none',
      'is it a misspelling of data?',
      'persistentvolumeclaim "date" not found',
    ],
    cure: [
      `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: date}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`,
    ],
  },
  'a claim of a class that does not exist': {
    namespace: 'a-claim-of-a-class-that-does-not-exist',
    ask: 'pvc/data',
    given: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: standart, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`,
    code: 'CLAIM_PENDING',
    says: ['there is no StorageClass standart', 'is it a misspelling of standard?'],
  },
  'a claim that only a volume made by hand suits': {
    namespace: 'by-hand',
    ask: 'pod/web',
    given: all(
      `
apiVersion: v1
kind: PersistentVolume
metadata: {name: small}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/small}}`,
      `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: "", accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}`,
      pod('web', `volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]\n${main}`),
    ),
    code: 'CLAIM_PENDING',
    says: [/small +has 1Gi, 5Gi is asked for/, 'create a PersistentVolume of at least 5Gi with ReadWriteOnce'],
    cure: [
      `
apiVersion: v1
kind: PersistentVolume
metadata: {name: large}
spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/large}}`,
    ],
  },
  'a volume that is on another node': {
    namespace: 'elsewhere',
    ask: 'pod/web',
    given: all(
      `
apiVersion: v1
kind: PersistentVolume
metadata: {name: east-disk}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /tmp/east}
  claimRef: {namespace: elsewhere, name: data}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [east]}]}]}}`,
      `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: "", volumeName: east-disk, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`,
      pod('hog', `nodeName: node-0\n${asking('4')}`),
      pod('web', `volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]\n${asking('1')}`),
    ),
    code: 'UNSCHEDULABLE',
    says: [
      /node-1, node-2 +VolumeBinding +volume east-disk of claim data, which is only at zone=east/,
      'The nearest is node-0, which needs 1 more cpu',
    ],
    cure: ['kubectl delete pod hog -n elsewhere'],
  },
};

test.each(Object.entries(causes))('%s', async (_, cause) => {
  const { namespace } = cause;
  await holds(cluster, cause);
  await cluster.client.deleteCollection(kinds.Deployment, { namespace });
  await cluster.client.deleteCollection(kinds.Pod, { namespace, gracePeriodSeconds: 0 });
  await until(cluster.client, kinds.Pod, { namespace }, (pods) => pods.length === 0);
});

test('taints and cordons, node by node, and lifting one makes it fit', async () => {
  await cluster.kubectl('taint node node-0 team=blue:NoSchedule');
  await cluster.kubectl('cordon node-1');
  await cluster.kubectl('taint node node-2 gpu:NoExecute');
  const told = await holds(cluster, {
    namespace: 'tainted',
    ask: 'pod/web',
    given: pod('web', main),
    code: 'UNSCHEDULABLE',
    says: ['The nearest is node-1, which needs to be uncordoned.'],
    cure: ['kubectl uncordon node-1'],
  });
  const text = textOf(told);
  expect(text).toMatch(/node-0 +TaintToleration +a toleration of the taint team=blue:NoSchedule/);
  expect(text).toMatch(/node-1 +NodeUnschedulable/);
  expect(text).toContain('kubectl taint node node-0 team:NoSchedule-');
  await cluster.kubectl('taint node node-0 team-');
  await cluster.kubectl('taint node node-2 gpu-');
});

test('a pod that waits for those of lower priority to leave', async () => {
  await cluster.client.create(kinds.PriorityClass, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'urgent' },
    value: 1000,
  });
  const slow = `terminationGracePeriodSeconds: 600\n${asking('4')}`;
  const annotated = (name: string, i: number) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: {shoal.dev/simulate: '{"stopDelay":"600s"}'}}
spec:
  nodeName: node-${i}
${slow.replace(/^/gm, '  ')}`;
  const told = await holds(cluster, {
    namespace: 'preempt',
    ask: 'pod/boss',
    given: all(...[0, 1, 2].map((i) => annotated(`meek-${i}`, i)), pod('boss', `priorityClassName: urgent\n${asking('3')}`)),
    code: 'PREEMPTING',
    says: [/preempt\/meek-\d must leave node-\d first, where its priority \(1000\) has won it a place/],
  });
  expect(told.healthy).toBe(false);
  await cluster.client.deleteCollection(kinds.Pod, { namespace: 'preempt', gracePeriodSeconds: 0 });
  await until(cluster.client, kinds.Pod, { namespace: 'preempt' }, (pods) => pods.length === 0);
});

test('a pod that is well: who weighed what, as the scheduler decided', async () => {
  await create(cluster, 'default', all(pod('hog', `nodeName: node-0\n${asking('2')}`), pod('hog-too', `nodeName: node-2\n${asking('1')}`)));
  await until(
    cluster.client,
    kinds.Pod,
    { namespace: 'default' },
    (pods) => pods.length === 2 && pods.every(({ status }) => status?.phase === 'Running'),
  );
  await create(cluster, 'default', pod('web', asking('1')));
  await expect.poll(async () => (await explain(cluster.client, { kind: 'po', name: 'web', namespace: 'default' })).healthy).toBe(true);
  const text = textOf(await explain(cluster.client, { kind: 'pod', name: 'web', namespace: 'default' }));
  expect(text).toMatch(/^Pod web is well on node-1, the best of 3 nodes that could take it: \d+ points, node-2 came second with \d+\./);
  const record = await cluster.client.raw<string>('GET', '/shoal/v1/scheduling/namespaces/default/pods/web');
  const { nodeName, scores } = JSON.parse(record) as SchedulingRecord;
  expect(nodeName).toBe('node-1');
  expect(scores.map(({ node }) => node)).toEqual(['node-1', 'node-2', 'node-0']);
  const [first] = scores;
  expect(Object.values(first?.byPlugin ?? {}).reduce((sum, points) => sum + points, 0)).toBe(first?.total);
  for (const [plugin, points] of Object.entries(first?.byPlugin ?? {}))
    if (points > 0) expect(text).toMatch(new RegExp(`${plugin} +${points} `));
});
