import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execute, kubectlFor, type Ran } from '../../support/clients.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-snapshots-'));
const kubeconfig = join(home, 'kubeconfig');
const env = { XDG_STATE_HOME: join(home, 'state'), KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` };
const program = join(import.meta.dirname, '../../../bin/shoal');
const attempt = (args: string): Promise<Ran> => execute(program, args.split(' '), { env });
async function shoal(args: string): Promise<string> {
  const { code, stdout, stderr } = await attempt(args);
  if (code !== 0) throw new Error(`shoal ${args} exited with ${code}: ${stderr}${stdout}`);
  return stdout;
}
const kubectl = kubectlFor(kubeconfig);
const uids = 'get pods,deployments,replicasets,namespaces --sort-by=.metadata.uid -o jsonpath={.items[*].metadata.uid}';

afterAll(async () => {
  for (const name of ['kept', 'grown']) await attempt(`down ${name}`);
  rmSync(home, { recursive: true });
});

describe('snapshots of a simulated cluster', { timeout: 120_000 }, () => {
  let before = '';
  beforeAll(async () => {
    await shoal('up --simulate --name kept --workers 2');
    await kubectl('create deployment web --image=nginx --replicas=50');
    await kubectl('rollout status deployment/web --timeout=60s');
    before = await kubectl(uids);
    expect(await shoal('snapshot save first --name kept')).toMatch(/^Saved cluster kept as first: \d+ objects \(50 pods\)/);
    expect(await shoal('snapshot list')).toMatch(/^first +kept, simulated .* 3 +50 /m);
  }, 120_000);

  test('bring the very same objects back after down', async () => {
    await shoal('down kept');
    await shoal('snapshot restore first');
    expect(await kubectl(uids)).toBe(before);
  });

  test('bring them back into the cluster that runs', async () => {
    await kubectl('delete deployment web');
    await kubectl('create namespace later');
    await shoal('snapshot restore first');
    expect(await kubectl(uids)).toBe(before);
  });

  test('travel as files, and grow another cluster', async () => {
    await shoal(`snapshot export first ${home}/first.tar.zst`);
    await shoal('snapshot delete first');
    expect(await attempt('snapshot restore first')).toMatchObject({ code: 7, stderr: expect.stringContaining('SNAPSHOT_NOT_FOUND') });
    await shoal(`snapshot import ${home}/first.tar.zst --as again`);
    await shoal('snapshot fork again grown');
    expect(await kubectl('--context shoal-grown get pods -o jsonpath={.items[*].spec.nodeName}')).toMatch(/^(grown-\S+ ?){50}$/);
    expect(await kubectl(`--context shoal-kept ${uids}`)).toBe(before);
    expect(await attempt('snapshot fork again grown')).toMatchObject({ code: 5, stderr: expect.stringContaining('CLUSTER_EXISTS') });
  });
});
