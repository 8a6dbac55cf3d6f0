import { afterAll, beforeAll, expect, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { unhealthy } from '../../../src/why/unhealthy.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';
import { until } from '../../support/until.ts';
import { type Cause, create, holds, textOf } from './cause.ts';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 2 });
  await create(cluster, 'default', pod('site', '{}', main));
  await until(cluster.client, kinds.Node, {}, (nodes) => nodes.some(({ status }) => (status?.images ?? []).length > 0));
});
afterAll(() => cluster.stop());

const pod = (name: string, annotations: string, spec: string, labels = `{app: ${name}}`) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: ${labels}, annotations: ${annotations}}
spec:
  terminationGracePeriodSeconds: 0
${spec.replace(/^/gm, '  ')}`;
const main = 'containers: [{name: main, image: website:v1.0, ports: [{name: http, containerPort: 8080}]}]';
const acting = (behaviour: object) => `{shoal.dev/simulate: '${JSON.stringify(behaviour)}'}`;
const workload = (kind: string, name: string, replicas: string, spec: string, annotations = '{}') => `
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: ${annotations}}
    spec:
      terminationGracePeriodSeconds: 0
${spec.replace(/^/gm, '      ')}`;
const service = (name: string, rest: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
${rest.replace(/^/gm, '  ')}`;
const all = (...documents: string[]) => documents.join('\n---');

const causes: Record<string, Cause> = {
  'an image that is not there, and is spelt like one that is': {
    namespace: 'image',
    ask: 'deploy/web',
    given: workload(
      'Deployment',
      'web',
      '  replicas: 1',
      'containers: [{name: main, image: "webiste:v1.0"}]',
      acting({ pullError: 'no such image' }),
    ),
    code: 'ROLLOUT_STUCK',
    root: 'IMAGE_PULL',
    says: [
      'Deployment web has 0 of 1 pod ready. Pod web-',
      'cannot start: its image webiste:v1.0 cannot be had on node-',
      'no such image',
      'did you mean website:v1.0?',
      'shoal load webiste:v1.0',
    ],
  },
  'a container that ends again and again': {
    namespace: 'crash',
    ask: 'pod/app',
    given: pod('app', acting({ crashAfter: '10ms', exitCode: 3 }), main),
    code: 'CRASH_LOOP',
    says: ['Pod app ends with exit code 3', 'Its last log lines:', 'kubectl logs app -n crash -c main'],
  },
  'a ConfigMap that is missing': {
    namespace: 'config',
    ask: 'pod/app',
    given: all(
      `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: red}`,
      pod(
        'app',
        '{}',
        'containers: [{name: main, image: "website:v1.0", env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: setings, key: colour}}}]}]',
      ),
    ),
    code: 'CONFIG_MISSING',
    says: [
      'Pod app cannot start: there is no ConfigMap setings in namespace config.',
      'is it a misspelling of settings?',
      'It is named in env COLOUR of container main.',
    ],
  },
  'a key that is missing in a Secret': {
    namespace: 'key',
    ask: 'pod/app',
    given: all(
      `
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: x}`,
      pod(
        'app',
        '{}',
        'containers: [{name: main, image: "website:v1.0", env: [{name: P, valueFrom: {secretKeyRef: {name: login, key: pasword}}}]}]',
      ),
    ),
    code: 'CONFIG_MISSING',
    says: ['Secret login has no key pasword', 'is it a misspelling of password?'],
  },
  'a readiness probe that fails': {
    namespace: 'probe',
    ask: 'svc/web',
    given: all(
      pod(
        'web',
        acting({ ready: false }),
        'containers: [{name: main, image: "website:v1.0", ports: [{containerPort: 8080}], readinessProbe: {periodSeconds: 1, failureThreshold: 1, httpGet: {path: /ok, port: 80}}}]',
      ),
      service('web', 'selector: {app: web}\nports: [{port: 80, targetPort: 8080}]'),
    ),
    code: 'ENDPOINTS_NOT_READY',
    root: 'PROBE_FAILING',
    says: [
      'Service web has no endpoints: the one pod that it selects is not ready. Pod web fails its readiness probe',
      'GET http://POD:80/ok',
      'the probe asks port 80, and the container declares 8080',
    ],
  },
  'an init container that does not end': {
    namespace: 'init',
    ask: 'pod/app',
    given: pod('app', '{}', `initContainers: [{name: wait-for-db, image: "website:v1.0"}]\n${main}`),
    code: 'INIT_STUCK',
    says: ['waits for its init container wait-for-db (1 of 1)'],
  },
  'a quota that leaves no room': {
    namespace: 'quota',
    ask: 'deployment/web',
    given: all(
      `
apiVersion: v1
kind: ResourceQuota
metadata: {name: small}
spec: {hard: {pods: "1"}}`,
      workload('Deployment', 'web', '  replicas: 3', main),
    ),
    code: 'PODS_REFUSED',
    says: [
      'Deployment web cannot create its pods: the ResourceQuota small leaves no room: it asks for pods=1, pods=1 is used of pods=1',
      'kubectl edit quota small -n quota',
    ],
  },
  'a LimitRange': {
    namespace: 'limits',
    ask: 'rs/web',
    given: all(
      `
apiVersion: v1
kind: LimitRange
metadata: {name: small}
spec: {limits: [{type: Container, max: {cpu: "1"}}]}`,
      workload('ReplicaSet', 'web', '  replicas: 1', 'containers: [{name: main, image: "website:v1.0", resources: {limits: {cpu: "2"}}}]'),
    ),
    code: 'PODS_REFUSED',
    says: ['a LimitRange forbids it: maximum cpu usage per Container is 1'],
  },
  'Pod Security': {
    namespace: 'secure',
    ask: 'sts/web',
    given: all(
      workload(
        'StatefulSet',
        'web',
        '  replicas: 1\n  serviceName: web',
        'containers: [{name: main, image: "website:v1.0", securityContext: {privileged: true}}]',
      ),
    ),
    code: 'PODS_REFUSED',
    says: ['Pod Security of its namespace (baseline:latest) forbids it', 'privileged'],
  },
  'a StatefulSet that stands at its first pod': {
    namespace: 'ordinal',
    ask: 'sts/db',
    given: workload('StatefulSet', 'db', '  replicas: 3\n  serviceName: db', `nodeSelector: {disk: fast}\n${main}`),
    code: 'ORDINAL_STUCK',
    root: 'UNSCHEDULABLE',
    says: [
      'StatefulSet db has 0 of 3 pods ready and stands at db-0. Pod db-0 is pending',
      '2 more pods after db-0 will be made when it is ready',
    ],
  },
  'a DaemonSet that is not everywhere': {
    namespace: 'daemon',
    ask: 'ds/agent',
    given: workload('DaemonSet', 'agent', '', 'containers: [{name: main, image: "website:v1.0"}]', acting({ crashAfter: '10ms' })),
    code: 'DAEMON_MISSING',
    root: 'CRASH_LOOP',
    says: ['DaemonSet agent is ready on 0 of 2 nodes. Pod agent-'],
  },
  'a Job that has given up': {
    namespace: 'job',
    ask: 'job/import',
    given: `
apiVersion: batch/v1
kind: Job
metadata: {name: import}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: ${acting({ crashAfter: '10ms', exitCode: 2 })}}
    spec: {restartPolicy: Never, containers: [{name: main, image: "website:v1.0"}]}`,
    code: 'JOB_FAILED',
    root: 'POD_FAILED',
    says: ['Job import has failed: its pods have failed more often than backoffLimit allows (0; 1 failure).', 'ends with exit code 2'],
  },
  'a CronJob that is suspended': {
    namespace: 'cron',
    ask: 'cj/nightly',
    given: `
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  suspend: true
  schedule: "0 3 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "website:v1.0"}]}}}}`,
    code: 'JOB_SUSPENDED',
    says: ['CronJob nightly is suspended'],
    cure: [`kubectl patch cronjob nightly -n cron --type=merge -p '{"spec":{"suspend":false}}'`],
  },
  'a Service that selects nothing, and what it nearly selects': {
    namespace: 'selector',
    ask: 'svc/web',
    given: all(pod('web', '{}', main, '{app: website}'), service('web', 'selector: {app: webstie}\nports: [{port: 80}]')),
    code: 'NO_ENDPOINTS',
    says: ['no pod in namespace selector has the labels app=webstie', 'The nearest is pod web, which has app=website'],
    cure: ['kubectl set selector service web -n selector app=website'],
  },
  'a Service whose target port nobody has': {
    namespace: 'port',
    ask: 'service/web',
    given: all(pod('web', '{}', main), service('web', 'selector: {app: web}\nports: [{port: 80, targetPort: htp}]')),
    code: 'TARGET_PORT',
    says: ['its targetPort "htp" is the name of no port of its pods', 'The pods declare http (8080).', 'is it a misspelling of http?'],
  },
  'a Service without selector': {
    namespace: 'bare',
    ask: 'service/db',
    given: service('db', 'ports: [{port: 5432}]'),
    code: 'NO_SELECTOR',
    says: ['it has no selector, and nobody has made an EndpointSlice for it'],
  },
  'an Ingress to a Service that is not there': {
    namespace: 'ingress',
    ask: 'ing/shop',
    given: all(
      pod('web', '{}', main),
      service('shop-web', 'selector: {app: web}\nports: [{port: 80}]'),
      `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec: {rules: [{host: shop.localhost, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop-wbe, port: {number: 80}}}}]}}]}`,
    ),
    code: 'INGRESS_BACKEND',
    says: ['Ingress shop leads nowhere at shop.localhost/: there is no Service shop-wbe', 'is it a misspelling of shop-web?'],
  },
  'an autoscaler': {
    namespace: 'scaler',
    ask: 'hpa/web',
    given: `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}`,
    code: 'AUTOSCALER_IDLE',
    says: ['Shoal does not implement them', 'kubectl scale deployment/web -n scaler --replicas=N'],
  },
  'a paused rollout': {
    namespace: 'paused',
    ask: 'deploy/web',
    given: workload('Deployment', 'web', '  replicas: 1\n  paused: true', main),
    code: 'PAUSED',
    says: ['Deployment web is paused'],
    cure: ['kubectl rollout resume deployment/web -n paused'],
  },
};

test.each(Object.entries(causes))('%s', async (_, cause) => {
  if (cause.namespace === 'secure') {
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    await cluster.client.create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'secure', labels } });
  }
  await holds(cluster, cause);
});

test('a pod that is held by a finalizer', async () => {
  const told = await holds(cluster, {
    namespace: 'held',
    ask: 'cm/kept',
    given: `
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, finalizers: [example.com/backup]}`,
    code: 'HEALTHY',
    says: ['Nothing is wrong with ConfigMap kept.'],
  });
  expect(told.healthy).toBe(true);
  await cluster.client.delete(kinds.ConfigMap, 'kept', 'held');
  const cause = { ask: 'cm/kept', given: '', code: 'STUCK_TERMINATING' as const, says: ['is held by the finalizer example.com/backup'] };
  await holds(cluster, { namespace: 'held', ...cause });
  await cluster.client.delete(kinds.Namespace, 'held');
  const told2 = await holds(cluster, {
    namespace: 'held',
    ask: 'ns/held',
    given: '',
    code: 'NAMESPACE_TERMINATING',
    says: ['finalizers hold objects in it', 'example.com/backup'],
  });
  expect(textOf(told2)).toContain('Namespace held is being deleted');
});

test('everything that is not well, once each: what only repeats its owner is left out', async () => {
  const found = await unhealthy(cluster.client);
  const names = found.map(({ object }) => `${object.namespace ?? ''}/${object.kind}/${object.name}`);
  expect(names).toContain('image/Deployment/web');
  expect(names).toContain('bare/Service/db');
  expect(names.filter((name) => name.startsWith('image/'))).toEqual(['image/Deployment/web']);
  expect(names.filter((name) => name.startsWith('/Node/') || name.startsWith('kube-system/') || name.startsWith('default/'))).toEqual([]);
  expect(found.every(({ healthy, findings }) => !healthy && findings.length > 0)).toBe(true);
});
