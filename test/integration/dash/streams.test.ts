import { afterAll, beforeAll, expect, test } from 'vitest';
import { execInPod, type Terminal } from '../../../src/client/pod-exec.ts';
import { type Access, followPodLog } from '../../../src/client/pod-log.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

let cluster: InProcessCluster;
let access: Access;

beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1, processes: true });
  const { server, pki } = cluster;
  access = { server, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key };
  await cluster.kubectl('run tools --image=tools');
  await cluster.kubectl('wait --for=condition=Ready pod/tools');
});
afterAll(() => cluster.stop());

function terminal() {
  let output = '';
  let input: (data: Buffer) => void = () => undefined;
  const face: Terminal = {
    onInput(listener) {
      input = listener;
      return () => undefined;
    },
    write(data) {
      output += data.toString();
    },
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => undefined,
  };
  return { face, type: (text: string): void => input(Buffer.from(text)), output: () => output };
}

const inTools = { namespace: 'default', pod: 'tools', container: 'tools' };

test('a shell in a pod hears what is typed, and its exit code comes back', async () => {
  const { face, type, output } = terminal();
  const ended = execInPod(access, { ...inTools, command: ['sh', '-c', 'echo ready; read line; echo "got $line"; exit 3'], terminal: face });
  await expect.poll(output).toContain('ready');
  type('hello\n');
  expect(await ended).toBe(3);
  expect(output()).toContain('got hello');
});

test('a shell in a pod that is not there is refused in the words of the server', async () => {
  const gone = execInPod(access, { ...inTools, pod: 'gone', command: ['sh'], terminal: terminal().face });
  await expect(gone).rejects.toThrow('pods "gone" not found');
});

test('a log of a container that is not there is refused in the words of the server', async () => {
  const log = followPodLog(access, { ...inTools, container: 'gone', tailLines: 10, signal: new AbortController().signal });
  await expect(log.next()).rejects.toThrow('container gone is not valid for pod tools');
});

test('a followed log ends with the signal', async () => {
  const stop = new AbortController();
  const log = followPodLog(access, { ...inTools, tailLines: 10, signal: stop.signal });
  const lines: string[] = [];
  const ended = (async () => {
    for await (const some of log) lines.push(...some);
  })();
  stop.abort();
  await ended;
  expect(lines.every((line) => !line.includes('\n'))).toBe(true);
});
