import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { createHttpsClient } from '../../../src/client/https.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { type RealCluster, realCluster, shellPod } from '../../support/e2e.ts';
import { startProgram } from '../../support/running.ts';

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await realCluster({ name: 'ea-pods', config: 'nodes: [{role: control-plane}, {role: worker}]\nimages: [website:v1.0]\n' });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ready = (name: string): Promise<string> => cluster.kubectl(`wait --for=condition=Ready pod/${name} --timeout=60s`);
/** Waits until a field of a pod has a value. */
const becomes = (name: string, path: string, value: string | number): Promise<string> =>
  cluster.kubectl(['wait', `--for=jsonpath={.status.${path}}=${value}`, `pod/${name}`, '--timeout=90s']);
const field = (name: string, path: string): Promise<string> => cluster.kubectl(['get', 'pod', name, '-o', `jsonpath={.status.${path}}`]);
const events = (name: string): Promise<string> =>
  cluster.kubectl([
    'get',
    'events',
    `--field-selector=involvedObject.name=${name}`,
    '-o',
    'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
  ]);
const sleeping = 'exec sleep 100000';

describe.concurrent('containers of a pod', () => {
  test('run in order, and share network and volumes', async ({ expect }) => {
    const mounts = { image: 'website:v1.0', volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    await cluster.apply(
      shellPod('family', 'exec httpd -f -p 8080 -h /shared', {
        container: mounts,
        spec: {
          initContainers: ['first', 'second'].map((name) => ({ ...mounts, name, command: ['sh', '-c', `echo ${name} >> /shared/init`] })),
          containers: [
            { ...mounts, name: 'web', command: ['httpd', '-f', '-p', '8080', '-h', '/shared'] },
            { ...mounts, name: 'other', command: ['sh', '-c', sleeping] },
          ],
          volumes: [{ name: 'shared', emptyDir: {} }],
        },
      }),
    );
    await ready('family');
    const look = 'hostname; cat /shared/init; wget -q -O - http://127.0.0.1:8080/init';
    expect(await cluster.kubectl(['exec', 'family', '-c', 'other', '--', 'sh', '-c', look])).toBe('family\nfirst\nsecond\nfirst\nsecond\n');
  });

  test('that fail are started again, with a growing pause', async ({ expect }) => {
    await cluster.apply(shellPod('crash', 'exit 3'));
    await becomes('crash', 'containerStatuses[0].state.waiting.reason', 'CrashLoopBackOff');
    expect(await field('crash', 'containerStatuses[0].state.waiting.message')).toMatch(
      /^back-off 10s restarting failed container=main pod=crash_default\(.+\)$/,
    );
    expect(await field('crash', 'containerStatuses[0].lastState.terminated.reason')).toBe('Error');
    expect(await field('crash', 'containerStatuses[0].lastState.terminated.exitCode')).toBe('3');
    expect(await events('crash')).toMatch(/BackOff: Back-off restarting failed container main in pod crash_default/);
  });

  test('that fail their liveness probe are started again', async ({ expect }) => {
    const livenessProbe = { exec: { command: ['cat', '/tmp/ok'] }, periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1 };
    await cluster.apply(shellPod('unwell', `touch /tmp/ok; sleep 3; rm /tmp/ok; ${sleeping}`, { container: { livenessProbe } }));
    await becomes('unwell', 'containerStatuses[0].restartCount', 1);
    const said = await events('unwell');
    expect(said).toContain("Unhealthy: Liveness probe failed: cat: can't open '/tmp/ok': No such file or directory");
    expect(said).toContain('Killing: Container main failed liveness probe, will be restarted');
  });

  test('take part in a Service only while ready', async ({ expect }) => {
    const readinessProbe = { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 };
    await cluster.apply(shellPod('gated', sleeping, { container: { readinessProbe } }), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'gated' },
      spec: { selector: { app: 'gated' }, ports: [{ port: 80 }] },
    });
    await becomes('gated', 'phase', 'Running');
    const serving = (value: boolean): Promise<string> =>
      cluster.kubectl([
        'wait',
        `--for=jsonpath={.endpoints[0].conditions.ready}=${value}`,
        'endpointslice',
        '-l',
        'kubernetes.io/service-name=gated',
        '--timeout=30s',
      ]);
    await serving(false);
    await cluster.sh('gated', 'touch /tmp/ready');
    await serving(true);
    await cluster.sh('gated', 'rm /tmp/ready');
    await serving(false);
    expect(await cluster.kubectl('get pod gated --no-headers')).toMatch(/0\/1 +Running/);
  });
});

describe.concurrent('configuration', () => {
  test('reaches a pod as environment and files, and files follow updates', async ({ expect }) => {
    const named = (kind: string, data: object): object => ({ apiVersion: 'v1', kind, metadata: { name: 'settings' }, ...data });
    await cluster.apply(
      named('ConfigMap', { data: { colour: 'blue' } }),
      named('Secret', { stringData: { password: 'hunter2' } }),
      shellPod('configured', sleeping, {
        container: {
          env: [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }],
          envFrom: [{ prefix: 'S_', secretRef: { name: 'settings' } }],
          volumeMounts: [
            { name: 'config', mountPath: '/config' },
            { name: 'secret', mountPath: '/secret' },
          ],
        },
        spec: {
          volumes: [
            { name: 'config', configMap: { name: 'settings' } },
            { name: 'secret', secret: { secretName: 'settings', defaultMode: 0o400 } },
          ],
        },
      }),
    );
    await ready('configured');
    const look = 'echo $COLOUR $S_password $(cat /config/colour) $(cat /secret/password) $(stat -L -c %a /secret/password)';
    expect(await cluster.sh('configured', look)).toBe('blue hunter2 blue hunter2 400\n');
    await cluster.kubectl(['patch', 'configmap', 'settings', '-p', '{"data":{"colour":"green"}}']);
    expect(await cluster.sh('configured', 'until grep -q green /config/colour; do usleep 100000; done; cat /config/colour')).toBe('green');
  });

  test('tells a pod about itself', async ({ expect }) => {
    const from = (fieldPath: string): object => ({ valueFrom: { fieldRef: { fieldPath } } });
    await cluster.apply(
      shellPod('introspective', sleeping, {
        labels: { tier: 'back' },
        container: {
          env: [
            { name: 'NODE', ...from('spec.nodeName') },
            { name: 'IP', ...from('status.podIP') },
            { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          ],
          resources: { limits: { memory: '64Mi' } },
          volumeMounts: [{ name: 'info', mountPath: '/info' }],
        },
        spec: { volumes: [{ name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }] },
      }),
    );
    await ready('introspective');
    const [node, ip] = await Promise.all([
      cluster.kubectl('get pod introspective -o jsonpath={.spec.nodeName}'),
      field('introspective', 'podIP'),
    ]);
    expect(await cluster.sh('introspective', 'echo $NODE $IP $LIMIT; cat /info/labels')).toBe(
      `${node} ${ip} 64\napp="introspective"\ntier="back"`,
    );
  });

  test('gives a pod a token and a CA that the API server goes by', async ({ expect }) => {
    await cluster.kubectl('create serviceaccount reader');
    await cluster.kubectl('create rolebinding reader --clusterrole=view --serviceaccount=default:reader');
    await cluster.apply(shellPod('client', sleeping, { spec: { serviceAccountName: 'reader' } }));
    await ready('client');
    const where = '/var/run/secrets/kubernetes.io/serviceaccount';
    const ask = (path: string): Promise<string> =>
      cluster.sh('client', `wget -q -O - --header "Authorization: Bearer $(cat ${where}/token)" https://kubernetes.default.svc${path}`);
    expect(JSON.parse(await ask('/api/v1/namespaces/default/pods/client'))).toMatchObject({ kind: 'Pod', metadata: { name: 'client' } });
    await expect(ask('/api/v1/namespaces/default/secrets')).rejects.toThrow(/403 Forbidden/);
    // busybox checks no certificate: that the CA in the pod is the API server's is seen from here.
    const [ca, token] = await Promise.all([cluster.sh('client', `cat ${where}/ca.crt`), cluster.sh('client', `cat ${where}/token`)]);
    const server = (await cluster.kubectl('config view --minify -o jsonpath={.clusters[0].cluster.server}')).trim();
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(server).port), ca, servername: 'kubernetes.default.svc' }, () => {
        socket.end();
        resolve();
      });
      socket.once('error', reject);
    });
    const client = createHttpsClient({ server, ca, token, clock: systemClock });
    try {
      expect((await client.list(kinds.Pod, { namespace: 'default' })).items.length).toBeGreaterThan(0);
    } finally {
      client.close();
    }
  });
});

describe.concurrent('what the node enforces', () => {
  test('a CPU limit is a quota, which a resize changes in place', async ({ expect }) => {
    await cluster.apply(shellPod('slow', sleeping, { container: { resources: { limits: { cpu: '250m', memory: '64Mi' } } } }));
    await ready('slow');
    const quota =
      'cat /sys/fs/cgroup/cpu.max 2>/dev/null || echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)';
    expect(await cluster.sh('slow', quota)).toBe('25000 100000\n');
    expect(await field('slow', 'qosClass')).toBe('Guaranteed');
    const more = { cpu: '500m', memory: '64Mi' };
    const patch = { spec: { containers: [{ name: 'main', resources: { limits: more, requests: more } }] } };
    await cluster.kubectl(['patch', 'pod', 'slow', '--subresource=resize', '-p', JSON.stringify(patch)]);
    await becomes('slow', 'containerStatuses[0].resources.limits.cpu', '500m');
    expect(await cluster.sh('slow', quota)).toBe('50000 100000\n');
    expect(await field('slow', 'containerStatuses[0].restartCount')).toBe('0');
  });

  test('who takes more memory than its limit is killed', async ({ expect }) => {
    const container = { resources: { limits: { memory: '32Mi' } } };
    await cluster.apply(shellPod('greedy', 'tail /dev/zero', { container, spec: { restartPolicy: 'Never' } }));
    await becomes('greedy', 'phase', 'Failed');
    expect(await field('greedy', 'containerStatuses[0].state.terminated.reason')).toBe('OOMKilled');
    expect(await field('greedy', 'containerStatuses[0].state.terminated.exitCode')).toBe('137');
  });

  test('an image that cannot be had is tried again, and said', async ({ expect }) => {
    await cluster.apply(shellPod('imageless', 'true', { container: { image: 'registry.invalid/no/such:1' } }));
    await becomes('imageless', 'containerStatuses[0].state.waiting.reason', 'ErrImagePull');
    await becomes('imageless', 'containerStatuses[0].state.waiting.reason', 'ImagePullBackOff');
    const said = await events('imageless');
    expect(said).toContain('Failed: Error: ErrImagePull');
    expect(said).toMatch(/Failed: Failed to pull image "registry\.invalid\/no\/such:1": /);
    expect(said).toContain('BackOff: Back-off pulling image "registry.invalid/no/such:1"');
  });

  test('user, groups and a root file system that cannot be written', async ({ expect }) => {
    await cluster.apply(
      shellPod('modest', sleeping, {
        container: {
          securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
          volumeMounts: [{ name: 'own', mountPath: '/own' }],
        },
        spec: {
          securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 },
          volumes: [{ name: 'own', emptyDir: {} }],
        },
      }),
    );
    await ready('modest');
    expect(await cluster.sh('modest', 'id -u; id -g; touch /own/file && stat -c %g /own/file; grep CapEff /proc/1/status')).toBe(
      '1000\n3000\n2000\nCapEff:\t0000000000000000\n',
    );
    await expect(cluster.sh('modest', 'touch /file')).rejects.toThrow(/Read-only file system/);
  });

  test('only a privileged container may mount', async ({ expect }) => {
    await cluster.apply(
      shellPod('mighty', sleeping, { container: { securityContext: { privileged: true } } }),
      shellPod('ordinary', sleeping),
    );
    await Promise.all([ready('mighty'), ready('ordinary')]);
    expect(await cluster.sh('mighty', 'mount -t tmpfs none /tmp && grep -c " /tmp tmpfs" /proc/mounts')).toBe('1\n');
    await expect(cluster.sh('ordinary', 'mount -t tmpfs none /tmp')).rejects.toThrow(/ermission denied|not permitted/);
  });

  test('an image may be a volume, to be read', async ({ expect }) => {
    const container = { volumeMounts: [{ name: 'image', mountPath: '/image' }] };
    const volumes = [{ name: 'image', image: { reference: 'website:v1.0' } }];
    await cluster.apply(shellPod('shelf', sleeping, { container, spec: { volumes } }));
    await ready('shelf');
    expect(await cluster.sh('shelf', 'cmp /bin/busybox /image/bin/busybox && echo same')).toBe('same\n');
    await expect(cluster.sh('shelf', 'touch /image/file')).rejects.toThrow(/Read-only file system/);
  });

  test('a hostPath is the node, whoever looks', async ({ expect }) => {
    const onNode = (name: string): object =>
      shellPod(name, sleeping, {
        container: { volumeMounts: [{ name: 'host', mountPath: '/host' }] },
        spec: { nodeName: 'ea-pods-worker', volumes: [{ name: 'host', hostPath: { path: '/var/shared', type: 'DirectoryOrCreate' } }] },
      });
    await cluster.apply(onNode('writer'), onNode('reader'));
    await Promise.all([ready('writer'), ready('reader')]);
    await cluster.sh('writer', 'echo hello > /host/file');
    expect(await cluster.sh('reader', 'cat /host/file')).toBe('hello\n');
  });

  test('an end is announced: preStop, then SIGTERM, and no longer than it takes', async ({ expect }) => {
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo pre-stop > /proc/1/fd/1'] } } };
    const patient = "trap 'echo terminated; exit 0' TERM; echo up; while true; do usleep 50000; done";
    await cluster.apply(shellPod('graceful', patient, { container: { lifecycle }, spec: { terminationGracePeriodSeconds: 60 } }));
    await ready('graceful');
    await using logs = startProgram(cluster.kubectl.program, ['logs', '-f', 'graceful'], cluster.env);
    await logs.until(/up/);
    const since = Date.now();
    await cluster.kubectl('delete pod graceful');
    expect(Date.now() - since).toBeLessThan(30_000);
    await logs.exit;
    expect(logs.output).toBe('up\npre-stop\nterminated\n');
  });

  test('who ignores SIGTERM is killed when the grace is over', async ({ expect }) => {
    await cluster.apply(shellPod('stubborn', "trap '' TERM; while true; do sleep 1; done", { spec: { terminationGracePeriodSeconds: 2 } }));
    await ready('stubborn');
    const since = Date.now();
    await cluster.kubectl('delete pod stubborn');
    expect(Date.now() - since).toBeGreaterThan(1_900);
  });
});
