import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ran } from '../../support/clients.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** `kubectl apply` on its own and on the server, the way between the two, pruning, and `kubectl diff`. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 0 });
  kubectl = cluster.kubectl;
});
afterAll(() => cluster.stop());

const settings = (name: string, data: Record<string, string>, labels: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data });
const get = async (
  name: string,
): Promise<{ data: Record<string, string>; metadata: { managedFields: { manager: string; operation: string }[] } }> =>
  JSON.parse(await kubectl(`get configmap ${name} -o json --show-managed-fields`));
const dataOf = async (name: string): Promise<Record<string, string>> => (await get(name)).data;
const serverSide = (manifest: string, ...more: string[]): Promise<Ran> =>
  kubectl.try(['apply', '--server-side', '-f', '-', ...more], manifest);

const advice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
`;

describe('apply on the client', () => {
  it('keeps what it applied, shows it, sets it and lets it be edited', async () => {
    await kubectl('apply -f -', settings('shown', { a: '1' }));
    expect(JSON.parse(await kubectl('apply view-last-applied configmap/shown -o json'))).toMatchObject({ data: { a: '1' } });
    await kubectl('apply set-last-applied -f -', settings('shown', { a: '2' }));
    expect(await kubectl('apply view-last-applied configmap/shown')).toContain('a: "2"');
    const { stdout } = await kubectl.try('apply edit-last-applied configmap/shown', '', { EDITOR: 'sed -i s/"2"/"3"/' });
    expect(stdout).toBe('configmap/shown edited\n');
    expect(await dataOf('shown')).toEqual({ a: '1' });
  });

  it('takes away what is no longer applied and leaves what others set', async () => {
    await kubectl('apply -f -', settings('merged', { a: '1', b: '1' }));
    await kubectl('patch configmap merged -p {"data":{"c":"hand"}}');
    await kubectl('apply -f -', settings('merged', { a: '2' }));
    expect(await dataOf('merged')).toEqual({ a: '2', c: 'hand' });
  });

  it('--force makes anew what cannot be changed', async () => {
    const service = (ip: string): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'fixed' }, spec: { clusterIP: ip, ports: [{ port: 80 }] } });
    await kubectl('apply -f -', service('10.96.0.21'));
    const { code, stderr } = await kubectl.try('apply -f -', service('10.96.0.22'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('The Service "fixed" is invalid: spec.clusterIPs[0]: Invalid value')]);
    expect(stderr).toContain('may not change once set');
    expect(await kubectl('apply --force -f -', service('10.96.0.22'))).toBe('service/fixed configured\n');
    expect(await kubectl('get service fixed -o jsonpath={.spec.clusterIP}')).toBe('10.96.0.22');
  });

  it('--dry-run=server changes nothing and says what it would do', async () => {
    expect(await kubectl('apply --dry-run=server -f -', settings('dry', {}))).toBe('configmap/dry created (server dry run)\n');
    expect((await kubectl.try('get configmap dry')).stderr).toContain('configmaps "dry" not found');
  });

  it('of several objects applies those that it can', async () => {
    const bogus = 'apiVersion: example.com/v1\nkind: Bogus\nmetadata: {name: x}\n';
    const { code, stdout, stderr } = await kubectl.try('apply -f -', `${settings('several', {})}\n---\n${bogus}`);
    expect([code, stdout]).toEqual([1, 'configmap/several created\n']);
    expect(stderr).toContain('no matches for kind "Bogus" in version "example.com/v1"');
  });
});

describe('apply on the server', () => {
  it('one conflict: says whose field it is; --force-conflicts takes it', async () => {
    await serverSide(settings('one', { a: '1' }), '--field-manager=first');
    const { code, stderr } = await serverSide(settings('one', { a: '2' }), '--field-manager=second');
    expect([code, stderr]).toEqual([1, `error: Apply failed with 1 conflict: conflict with "first": .data.a\n${advice}`]);
    expect((await serverSide(settings('one', { a: '2' }), '--field-manager=second', '--force-conflicts')).stdout).toBe(
      'configmap/one serverside-applied\n',
    );
    expect((await get('one')).metadata.managedFields.map(({ manager }) => manager)).toEqual(['second']);
  });

  it('several conflicts: by manager, with what it used', async () => {
    await serverSide(settings('several', { a: '1', b: '1' }), '--field-manager=first');
    await kubectl('patch configmap several --field-manager=hand -p {"data":{"c":"1"}}');
    const { stderr } = await serverSide(settings('several', { a: '2', b: '2', c: '2' }), '--field-manager=second');
    expect(stderr).toBe(
      `error: Apply failed with 3 conflicts: conflicts with "first":\n- .data.a\n- .data.b\nconflicts with "hand" using v1:\n- .data.c\n${advice}`,
    );
  });

  it('what two apply alike belongs to both, and stays while one of them applies it', async () => {
    for (const manager of ['first', 'second']) await serverSide(settings('shared', { a: '1' }), `--field-manager=${manager}`);
    await serverSide(settings('shared', {}), '--field-manager=first');
    expect(await dataOf('shared')).toEqual({ a: '1' });
    await serverSide(settings('shared', { b: '1' }), '--field-manager=second');
    expect(await dataOf('shared')).toEqual({ b: '1' });
  });

  it('takes over from apply on the client, and hands back', async () => {
    await kubectl('apply -f -', settings('moved', { a: '1', legacy: 'unused' }));
    expect((await serverSide(settings('moved', { a: '2' }), '--field-manager=other')).stderr).toContain(
      'conflict with "kubectl-client-side-apply" using v1',
    );
    expect(await serverSide(settings('moved', { a: '2', legacy: 'unused' }))).toMatchObject({ code: 0 });
    expect(await serverSide(settings('moved', { a: '3' }))).toMatchObject({ code: 0 });
    expect(await dataOf('moved')).toEqual({ a: '3' });
    const owners = (await get('moved')).metadata.managedFields.map(({ manager, operation }) => `${operation} ${manager}`);
    expect(owners.sort()).toEqual(['Apply kubectl', 'Apply kubectl-last-applied']);
    expect(await kubectl('apply view-last-applied configmap/moved -o json')).toContain('"a": "3"');
    expect(await kubectl('apply -f -', settings('moved', { a: '4' }))).toContain('configmap/moved configured');
  });
});

describe('pruning', () => {
  const labels = { group: 'pruned' };

  it('--prune removes what was applied before and is not now', async () => {
    await kubectl('apply -f -', settings('old', {}, labels));
    const said = await kubectl('apply --prune -l group=pruned --prune-allowlist=core/v1/ConfigMap -f -', settings('new', {}, labels));
    expect(said).toBe('configmap/new created\nconfigmap/old pruned\n');
    expect((await kubectl.try('apply --prune -f -', settings('new', {}))).stderr).toContain(
      'all resources selected for prune without explicitly passing --all',
    );
  });

  it('--applyset keeps the set in a Secret', async () => {
    const env = { KUBECTL_APPLYSET: 'true' };
    const apply = (manifest: string): Promise<Ran> => kubectl.try('apply --prune --applyset=mine -n default -f -', manifest, env);
    expect(await apply(settings('set-a', {}))).toMatchObject({ code: 0 });
    expect((await apply(settings('set-b', {}))).stdout).toBe('configmap/set-b created\nconfigmap/set-a pruned\n');
    const set = JSON.parse(await kubectl('get secret mine -o json'));
    expect(set.metadata.annotations).toMatchObject({ 'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap' });
    const id = set.metadata.labels['applyset.kubernetes.io/id'];
    expect(await kubectl(`get configmap -l applyset.kubernetes.io/part-of=${id} -o name`)).toBe('configmap/set-b\n');
  });
});

describe('diff', () => {
  const diff = (manifest: string, ...more: string[]): Promise<Ran> => kubectl.try(['diff', '-f', '-', ...more], manifest);

  it('exits with 0 where nothing differs and 1 where something does, and changes nothing', async () => {
    await kubectl('apply -f -', settings('compared', { a: '1' }));
    expect(await diff(settings('compared', { a: '1' }))).toEqual({ code: 0, stdout: '', stderr: '' });
    for (const more of [[], ['--server-side']]) {
      const { code, stdout } = await diff(settings('compared', { a: '2' }), ...more);
      expect([code, stdout]).toEqual([1, expect.stringContaining('-  a: "1"\n+  a: "2"\n')]);
    }
    expect(await dataOf('compared')).toEqual({ a: '1' });
  });

  it('of an object that is not there shows all of it', async () => {
    const { code, stdout } = await diff(settings('absent', { a: '1' }));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^\+kind: ConfigMap$/m)]);
  });

  it('of an object that is invalid exits with more than 1', async () => {
    const { code, stderr } = await diff(settings('Not-A-Name', {}));
    expect([code, stderr]).toEqual([2, expect.stringContaining('metadata.name: Invalid value: "Not-A-Name"')]);
  });
});

describe('kustomize', () => {
  it('apply -k, get -k and delete -k of a directory', async () => {
    const directory = join(cluster.directory, 'kustomized');
    mkdirSync(directory);
    writeFileSync(join(directory, 'kustomization.yaml'), 'namePrefix: test-\nresources: [map.yaml]\nlabels: [{pairs: {app: mine}}]\n');
    writeFileSync(join(directory, 'map.yaml'), settings('the-map', { a: '1' }));
    expect(await kubectl(`apply -k ${directory}`)).toBe('configmap/test-the-map created\n');
    expect(await kubectl(['get', '-k', directory, '-o', 'jsonpath={..metadata.labels.app}'])).toBe('mine');
    expect(await kubectl(`delete -k ${directory}`)).toContain('configmap "test-the-map" deleted');
  });
});
