import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Heard } from '../../support/clients.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** What kubectl streams: logs, exec, cp, attach, port-forward, proxy and debug. Commands run as processes of this machine. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
const website = createServer((_request, response) => response.end('from the pod\n'));
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1, processes: true });
  kubectl = cluster.kubectl;
  await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
  await kubectl('run web --image=website:v1.0 --port=80');
  await kubectl('wait pod/web --for=condition=Ready --timeout=30s');
});
afterAll(async () => {
  website.close();
  await cluster.stop();
});

describe('logs', () => {
  it('whole, the last line, with times and with the pod’s name', async () => {
    const line = 'simulated container web started, attempt 0\n';
    expect(await kubectl('logs web')).toBe(line);
    expect(await kubectl('logs pod/web -c web --tail=1')).toBe(line);
    expect(await kubectl('logs -l run=web --prefix')).toBe(`[pod/web/web] ${line}`);
    expect(await kubectl('logs web --timestamps')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z simulated container/);
  });

  it('follow until the container ends', async () => {
    const behaviour = 'shoal.dev/simulate={"exitAfter":"200ms"}';
    await kubectl(['run', 'brief', '--image=brief:v1', '--restart=Never', `--annotations=${behaviour}`]);
    await kubectl('wait pod/brief --for=jsonpath={.status.startTime}');
    expect(await kubectl('logs -f brief --pod-running-timeout=30s')).toContain('simulated container brief started');
    await kubectl('wait pod/brief --for=jsonpath={.status.phase}=Succeeded --timeout=30s');
  });

  it.each([
    ['of no pod', 'logs none', 'error: error from server (NotFound): pods "none" not found in namespace "default"\n'],
    ['of no container', 'logs web -c none', 'error: container none is not valid for pod web out of: web\n'],
    ['of an instance before', 'logs web --previous', 'previous terminated container "web" in pod "web" not found'],
  ])('%s are refused', async (_name, args, said) => {
    const { code, stderr } = await kubectl.try(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });
});

describe('exec', () => {
  it('gives output, errors and exit code apart', async () => {
    const { code, stdout, stderr } = await kubectl.try(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect([code, stdout, stderr]).toEqual([3, 'out\n', 'err\ncommand terminated with exit code 3\n']);
  });

  it('takes input', async () => {
    expect(await kubectl('exec -i web -- tr a-z A-Z', 'shout\n')).toBe('SHOUT\n');
  });

  it('by SPDY as kubectl of old', async () => {
    const { code, stdout } = await kubectl.try('exec web -- echo spdy', undefined, { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' });
    expect([code, stdout]).toEqual([0, 'spdy\n']);
  });

  it.each([
    ['no pod', 'exec none -- date', 'Error from server (NotFound): pods "none" not found\n'],
    [
      'no kind with pods',
      'exec configmap/kube-root-ca.crt -- date',
      'cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented',
    ],
    ['no Deployment', 'exec deployments/bar -- date', 'Error from server (NotFound): deployments.apps "bar" not found\n'],
  ])('in %s is refused', async (_name, args, said) => {
    const { code, stderr } = await kubectl.try(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });
});

describe('cp and attach', () => {
  it('copies a directory there and a file back', async () => {
    const local = join(cluster.directory, 'local');
    mkdirSync(local);
    writeFileSync(join(local, 'page.html'), '<p>hello</p>\n');
    await kubectl(['cp', local, 'web:remote']);
    expect(await kubectl('exec web -- cat remote/page.html')).toBe('<p>hello</p>\n');
    await kubectl(['cp', 'web:remote/page.html', join(cluster.directory, 'back.html')]);
    expect(readFileSync(join(cluster.directory, 'back.html'), 'utf8')).toBe('<p>hello</p>\n');
  });

  it('attaches to what runs', async () => {
    expect(await kubectl('attach -i web', 'knock\n')).toBe('KNOCK\n');
  });
});

describe('ports', () => {
  it.each([
    ['a pod', 'pod/web', {}],
    ['a Service', 'service/web', {}],
    ['a pod by SPDY', 'pod/web', { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
  ])('of %s are forwarded', async (_name, target, env) => {
    const { port } = website.address() as AddressInfo;
    await kubectl.try(`create service clusterip web --tcp=80:${port}`);
    await kubectl('patch service web -p {"spec":{"selector":{"app":null,"run":"web"}}}');
    const mapping = target.startsWith('service') ? ':80' : `:${port}`;
    const fetched = async (heard: Heard): Promise<string> => {
      const [, local] = await heard(/Forwarding from 127\.0\.0\.1:(\d+)/);
      return (await fetch(`http://127.0.0.1:${local}/`)).text();
    };
    const body = await kubectl.during(['port-forward', target, mapping], fetched, env);
    expect(body).toBe('from the pod\n');
  });

  it('kubectl proxy lends its identity to plain HTTP', async () => {
    await kubectl.during(['proxy', '--port=0', '--api-prefix=/custom'], async (heard) => {
      const [, local] = await heard(/Starting to serve on 127\.0\.0\.1:(\d+)/);
      const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${local}${path}`);
      expect((await get('/custom/api/v1/namespaces')).status).toBe(200);
      expect((await get('/custom/apis/apps/')).status).toBe(200);
      expect((await get('/custom/metrics')).status).toBe(200);
      expect((await get('/custom/api/kubernetes')).status).toBe(404);
      expect((await get('/custom/api/v1/namespaces/default/pods/web/exec?command=date')).status).toBe(403);
    });
  });
});

describe('debug', () => {
  it('adds a container to a running pod', async () => {
    await kubectl('debug web --image=busybox -c debugger --attach=false --profile=general');
    await kubectl('wait pod/web --for=jsonpath={.status.ephemeralContainerStatuses[0].state.running} --timeout=30s');
    expect(await kubectl('get pod web -o jsonpath={.spec.ephemeralContainers[0].securityContext.capabilities.add}')).toBe('["SYS_PTRACE"]');
  });

  it('copies a pod with another image, and puts a pod on a node', async () => {
    await kubectl('debug web --copy-to=web-copy --image=busybox --container=web --attach=false -- sleep 1d');
    expect(await kubectl('get pod web-copy -o jsonpath={.spec.containers[*].image}')).toBe('busybox');
    const said = await kubectl('debug node/node-0 --image=busybox --attach=false -- true');
    const name = /Creating debugging pod (\S+)/.exec(said)?.[1];
    expect(await kubectl(['get', 'pod', name ?? '', '-o', 'jsonpath={.spec.nodeName} {.spec.hostPID}'])).toBe('node-0 true');
  });
});
