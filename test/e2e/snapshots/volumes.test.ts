import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealCluster, realCluster } from '../../support/e2e.ts';

/** Counts upwards in a file of its volume, from where it stands. */
const database = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: website:v1.0
          command: [sh, -c, 'i=$(tail -n 1 /data/log 2>/dev/null || echo 0); while :; do i=$((i+1)); echo $i >> /data/log; sleep 0.1; done']
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;

const state = mkdtempSync(join(tmpdir(), 'shoal-e2e-snapshots-'));
let cluster: RealCluster;
const shoal = (...args: string[]) => cluster.shoal(args);
const uids = () => cluster.kubectl('get pods,statefulsets,pvc,pv,namespaces --sort-by=.metadata.uid -o jsonpath={.items[*].metadata.uid}');
const volumesOn = async (): Promise<string> => {
  const exec = await cluster.docker
    .getContainer(`${cluster.name}-control-plane`)
    .exec({ Cmd: ['ls', '/var/lib/shoal/local-path'], AttachStdout: true, AttachStderr: true });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({})) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

let before = '';
beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = state;
  cluster = await realCluster({ name: 'shoal-e2e-snapshots', workers: 0 });
  await shoal('load', 'website:v1.0', '--name', cluster.name);
  await cluster.apply(database);
  await cluster.kubectl('rollout status statefulset/db --timeout=60s');
  await cluster.sh('db-0', 'echo precious > /data/file; chown 1234:77 /data/file; chmod 640 /data/file');
  before = await uids();
  expect(await shoal('snapshot', 'save', 'e2e', '--name', cluster.name)).toContain('of volumes');
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  rmSync(state, { recursive: true });
});

const isAsSaved = async (): Promise<void> => {
  expect(await uids()).toBe(before);
  expect(await cluster.sh('db-0', 'ls -ln /data/file | cut -c 1-10; stat -c %u:%g /data/file; cat /data/file')).toBe(
    '-rw-r-----\n1234:77\nprecious\n',
  );
  // Frozen while it was read: no line is torn or lost, and counting goes on from the last one.
  expect(await cluster.sh('db-0', 'cp /data/log /tmp/log; seq $(tail -n 1 /tmp/log) | cmp - /tmp/log && echo whole')).toBe('whole\n');
};

test('a snapshot brings back what was deleted since, and its pod goes on writing', async () => {
  await cluster.kubectl('delete statefulset/db pvc/data-db-0 --wait=true');
  await shoal('snapshot', 'restore', 'e2e');
  await isAsSaved();
});

test('reset leaves neither pods nor data', async () => {
  expect(await volumesOn()).toContain('data-db-0');
  await shoal('reset', cluster.name);
  expect(await cluster.kubectl('get pods,pvc,pv -o name')).toBe('');
  expect(await volumesOn()).toBe('');
});

test('after down the same objects and data come back in a new cluster', async () => {
  await shoal('down', cluster.name);
  await shoal('snapshot', 'restore', 'e2e');
  await isAsSaved();
});
