import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RealCluster, realCluster, shellPod } from '../../support/e2e.ts';

let cluster: RealCluster;
const nodes = ['ea-net-control-plane', 'ea-net-worker', 'ea-net-worker2'];

/** Scripts that pods serve: a page that says who asks and who answers, an upgrade that echoes, an answer in three pieces. */
const scripts = {
  who: '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"; echo "$REMOTE_ADDR $HOSTNAME" | tr -d "[]" | sed "s/^::ffff://"\n',
  upgrade: `#!/bin/sh
while read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n'
exec cat
`,
  pieces: `#!/bin/sh
while read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\n'
for word in one two six; do printf '3\\r\\n%s\\r\\n' $word; usleep 400000; done
printf '0\\r\\n\\r\\n'
`,
};
const service = (name: string, app: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app }, ports: [{ name: 'http', port: 8000, targetPort: 80 }], ...spec },
});
const withScripts = {
  volumeMounts: [{ name: 'scripts', mountPath: '/scripts' }],
  readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
};
const volumes = [{ name: 'scripts', configMap: { name: 'scripts', defaultMode: 0o755 } }];
const serveWho = 'mkdir -p /www/cgi-bin && cp /scripts/who /www/cgi-bin/ && exec httpd -f -p 80 -h /www';

beforeAll(async () => {
  cluster = await realCluster({ name: 'ea-net', workers: 2 });
  await cluster.shoal(['load', 'website:v1.0', 'website:v2.0', '--name', 'ea-net']);
  await cluster.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'scripts' }, data: scripts },
    // One on each node.
    ...nodes.map((nodeName, index) =>
      shellPod(`who-${index}`, serveWho, { labels: { app: 'who' }, container: withScripts, spec: { nodeName, volumes } }),
    ),
    service('who', 'who', { type: 'NodePort' }),
    service('who-headless', 'who', { clusterIP: 'None' }),
    service('sticky', 'who', { sessionAffinity: 'ClientIP' }),
    service('nobody', 'nobody'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'elsewhere' },
      spec: { type: 'ExternalName', externalName: 'who.default.svc.cluster.local' },
    },
    // The sample image has nothing that speaks UDP; its node has.
    shellPod('udp', 'exec chroot /node socat UDP4-RECVFROM:9000,fork EXEC:"sed -u s/^/heard-/"', {
      container: { volumeMounts: [{ name: 'node', mountPath: '/node' }] },
      spec: { nodeName: nodes[1], volumes: [{ name: 'node', hostPath: { path: '/' } }] },
    }),
    service('udp', 'udp', { ports: [{ port: 5000, targetPort: 9000, protocol: 'UDP' }] }),
    shellPod('asking', 'exec sleep 100000', {
      container: { volumeMounts: [{ name: 'node', mountPath: '/node' }] },
      spec: { nodeName: nodes[2], volumes: [{ name: 'node', hostPath: { path: '/' } }] },
    }),
    ...[
      { containerPort: 80, hostPort: 18_080, hostIP: '127.0.0.1' },
      { containerPort: 80, hostPort: 18_081 },
    ].map((port) =>
      shellPod(`port-${port.hostPort}`, serveWho, { container: { ...withScripts, ports: [port] }, spec: { nodeName: nodes[1], volumes } }),
    ),
    shellPod('on-node', 'exec sleep 100000', { spec: { nodeName: nodes[1], hostNetwork: true } }),
    ...(['upgrade', 'pieces'] as const).flatMap((name) => [
      shellPod(name, `exec nc -ll -p 80 -e /scripts/${name}`, { container: withScripts, spec: { volumes } }),
      service(name, name),
    ]),
  );
  await cluster.kubectl('wait --for=condition=Ready pod --all --timeout=90s');
});
afterAll(() => cluster[Symbol.asyncDispose]());

const addressOf = (pod: string): Promise<string> => cluster.kubectl(`get pod ${pod} -o jsonpath={.status.podIP}`);
const ask = (pod: string, host: string, port = 8000): Promise<string> =>
  cluster.sh(pod, `wget -q -T 5 -O - http://${host}:${port}/cgi-bin/who`);

describe.concurrent('between pods', () => {
  test('addresses are kept, on one node and across nodes', async ({ expect }) => {
    const from = await addressOf('asking');
    for (const index of [0, 1, 2]) expect(await ask('asking', await addressOf(`who-${index}`), 80)).toBe(`${from} who-${index}\n`);
  });

  test('a ClusterIP reaches every pod behind it, from every node', async ({ expect }) => {
    for (const index of [0, 1, 2]) {
      const answers = await cluster.sh(`who-${index}`, 'for i in $(seq 40); do wget -q -T 5 -O - http://who:8000/cgi-bin/who; done');
      const served = new Set(
        answers
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[1]),
      );
      expect([...served].sort()).toEqual(['who-0', 'who-1', 'who-2']);
    }
  });

  test('a ClusterIP carries UDP', async ({ expect }) => {
    const ip = await cluster.kubectl('get service udp -o jsonpath={.spec.clusterIP}');
    expect(await cluster.sh('asking', `echo hello | chroot /node socat -t 3 - UDP4:${ip}:5000`)).toBe('heard-hello\n');
  });

  test('a pod reaches itself through its own Service', async ({ expect }) => {
    await cluster.apply(shellPod('alone', serveWho, { container: withScripts, spec: { volumes } }), service('mirror', 'alone'));
    await cluster.kubectl('wait --for=condition=Ready pod/alone --timeout=60s');
    expect(await cluster.sh('alone', 'until wget -q -T 3 -O - http://mirror:8000/cgi-bin/who; do usleep 100000; done')).toMatch(
      / alone\n$/,
    );
  });

  test('a Service without endpoints refuses at once', async ({ expect }) => {
    const asked = 'since=$(date +%s); wget -q -T 10 -O - http://nobody:8000/ 2>&1; echo after $(($(date +%s) - since)) s';
    expect(await cluster.sh('asking', asked)).toMatch(/Connection refused\nafter [0-4] s\n$/);
  });

  test('session affinity keeps a client with one pod', async ({ expect }) => {
    const answers = await cluster.sh('asking', 'for i in $(seq 20); do wget -q -T 5 -O - http://sticky:8000/cgi-bin/who; done');
    expect(new Set(answers.trim().split('\n')).size).toBe(1);
  });

  test('a host port answers on the addresses that it is for, the loopback one too', async ({ expect }) => {
    const node = await cluster.kubectl('get pod on-node -o jsonpath={.status.hostIP}');
    expect(await ask('on-node', '127.0.0.1', 18_080)).toMatch(/ port-18080\n$/);
    expect(await ask('on-node', '127.0.0.1', 18_081)).toMatch(/ port-18081\n$/);
    expect(await ask('asking', node, 18_081)).toMatch(/ port-18081\n$/);
    await expect(ask('asking', node, 18_080)).rejects.toThrow(/Connection refused/);
  });

  test('a node port answers on every node', async ({ expect }) => {
    const port = await cluster.kubectl('get service who -o jsonpath={.spec.ports[0].nodePort}');
    const addresses = await cluster.kubectl('get nodes -o jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}');
    for (const address of addresses.split(' ')) {
      const answer = await fetch(`http://${address}:${port}/cgi-bin/who`, { signal: AbortSignal.timeout(10_000) });
      expect(await answer.text()).toMatch(/ who-[012]\n$/);
    }
  });
});

describe.concurrent('cluster DNS', () => {
  const lookup = (name: string): Promise<string> => cluster.sh('asking', `nslookup ${name}`);

  test('knows Services, and the pods of a headless one', async ({ expect }) => {
    expect(await lookup('kubernetes.default.svc.cluster.local')).toMatch(/Address: 10\.96\.0\.1\n/);
    const found = [...(await lookup('who-headless.default.svc.cluster.local')).matchAll(/Address: (10\.244\.\S+)/g)].map(([, ip]) => ip);
    expect(found.sort()).toEqual((await Promise.all([0, 1, 2].map((index) => addressOf(`who-${index}`)))).sort());
    await expect(lookup('nothing.default.svc.cluster.local')).rejects.toThrow(/NXDOMAIN/);
  });

  test('finds short names by the search list, and follows an ExternalName', async ({ expect }) => {
    for (const host of ['who', 'who.default', 'who.default.svc', 'elsewhere']) expect(await ask('asking', host)).toMatch(/ who-[012]\n$/);
    expect(await lookup('elsewhere.default.svc.cluster.local')).toContain('canonical name = who.default.svc.cluster.local');
  });
});

describe.concurrent('the gateway', () => {
  const ask = (service: string, headers: Record<string, string> = {}) =>
    request({ host: '127.0.0.1', port: cluster.gateway.port, agent: false, headers: { host: `${service}.default.localhost`, ...headers } });

  test('finds a Service by its name, with or without namespace and port', async ({ expect }) => {
    for (const host of ['who.default', 'who', 'http.who.default', '8000.who.default']) {
      const { status, body } = await cluster.fetch(host, { path: '/cgi-bin/who' });
      expect([status, body]).toEqual([200, expect.stringMatching(/ who-[012]\n$/)]);
    }
  });

  test('explains what is not there', async ({ expect }) => {
    const unknown = await cluster.fetch('unheard-of.default');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toContain('unheard-of');
    const empty = await cluster.fetch('nobody.default');
    expect(empty.status).toBe(503);
    expect(empty.body).toContain('has the labels that the Service selects: app=nobody');
  });

  test('lets a connection change its protocol', async ({ expect }) => {
    const upgraded = new Promise<Duplex>((resolve, reject) => {
      const asked = ask('upgrade', { connection: 'Upgrade', upgrade: 'websocket' });
      asked.once('upgrade', (response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        expect(response.headers.upgrade).toBe('websocket');
        resolve(socket);
      });
      asked.once('response', (response) => reject(new Error(`answered ${response.statusCode}`)));
      asked.once('error', reject);
      asked.end();
    });
    const socket = await upgraded;
    for (const word of ['first', 'second']) {
      socket.write(word);
      expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe(word);
    }
    socket.destroy();
  });

  test('passes pieces of an answer on as they come', async ({ expect }) => {
    const arrivals: { text: string; at: number }[] = [];
    await new Promise<void>((resolve, reject) => {
      const asked = ask('pieces');
      asked.once('response', (response) => {
        response.on('data', (chunk: Buffer) => arrivals.push({ text: chunk.toString('utf8'), at: Date.now() }));
        response.once('end', resolve);
        response.once('error', reject);
      });
      asked.once('error', reject);
      asked.end();
    });
    expect(arrivals.map(({ text }) => text)).toEqual(['one', 'two', 'six']);
    expect((arrivals[2]?.at ?? 0) - (arrivals[0]?.at ?? 0)).toBeGreaterThan(400);
  });
});

describe('an update under load', () => {
  test('loses no request', async () => {
    const container = {
      command: undefined,
      env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
    };
    const labels = { app: 'shop' };
    await cluster.apply(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'shop' },
        spec: {
          replicas: 3,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'website', image: 'website:v1.0', ...container }] } },
        },
      },
      service('shop', 'shop'),
      shellPod(
        'customer',
        'while [ ! -e /tmp/stop ]; do if wget -q -T 5 -O - http://shop:8000/ | grep -q "Hello from version"; then echo ok; else echo failed; fi; done > /tmp/seen; touch /tmp/stopped; exec sleep 100000',
      ),
    );
    await cluster.kubectl('rollout status deployment/shop --timeout=60s');
    await cluster.kubectl('wait --for=condition=Ready pod/customer --timeout=60s');
    await cluster.sh('customer', 'until grep -q ok /tmp/seen; do usleep 100000; done; : > /tmp/seen');

    const hash = await cluster.kubectl('get pods -l app=shop -o jsonpath={.items[0].metadata.labels.pod-template-hash}');
    const seen = { old: 0, new: 0 };
    const failures: string[] = [];
    let going = true;
    let last = '';
    const load = async (): Promise<void> => {
      while (going) {
        try {
          const { status, body } = await cluster.fetch('shop.default');
          last = body.match(/Hello from version (v\d\.0)/)?.[1] ?? '';
          if (status !== 200 || last === '') failures.push(`${status} ${body.slice(0, 200)}`);
          else seen[last === 'v1.0' ? 'old' : 'new']++;
        } catch (failure) {
          failures.push(String(failure));
        }
      }
    };
    const loops = [1, 2, 3, 4].map(load);
    await cluster.kubectl('set image deployment/shop website=website:v2.0');
    await cluster.kubectl('rollout status deployment/shop --timeout=120s');
    // Until the last old pod is gone, traffic could still go wrong.
    await cluster.kubectl(`wait --for=delete pod -l pod-template-hash=${hash} --timeout=60s`);
    going = false;
    await Promise.all(loops);
    const inside = await cluster.sh(
      'customer',
      'touch /tmp/stop; until [ -e /tmp/stopped ]; do usleep 100000; done; grep -c ok /tmp/seen; grep -c failed /tmp/seen || true',
    );
    const [good, bad] = inside.trim().split('\n').map(Number);
    console.log(
      `through the gateway: ${seen.old} old, ${seen.new} new, ${failures.length} failed; in the cluster: ${good} good, ${bad} failed`,
    );
    expect(failures).toEqual([]);
    expect(bad).toBe(0);
    expect(seen.old).toBeGreaterThan(0);
    expect(seen.new).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) expect((await cluster.fetch('shop.default')).body).toContain('Hello from version v2.0');
  });
});
