import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkKubeconfig, contextName, mergeKubeconfig, removeKubeconfig, renderKubeconfig } from '../../../src/cluster/kubeconfig.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const entry = (name: string) => ({ context: contextName(name), server: `https://127.0.0.1:1/${name}`, ca: 'CA', cert: 'CERT', key: 'KEY' });
const at = (name: string): string => join(directory, name);
const read = (file: string) =>
  parse(readFileSync(file, 'utf8')) as { clusters: { name: string }[]; contexts: unknown[]; users: unknown[]; 'current-context': string };
const names = (file: string): string[] => read(file).clusters.map((cluster) => cluster.name);

describe('kubeconfig', () => {
  it('is made with mode 0600 where there is none', async () => {
    const file = await mergeKubeconfig(entry('a'), { env: { HOME: directory } });
    expect(file).toBe(at('.kube/config'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(read(file)).toMatchObject({
      'current-context': 'shoal-a',
      clusters: [{ name: 'shoal-a', cluster: { server: 'https://127.0.0.1:1/a' } }],
    });
  });
  it('keeps what others wrote, comments included', async () => {
    writeFileSync(
      at('c'),
      '# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: prod # careful\n  cluster: {server: x}\ncontexts: []\nusers: []\ncurrent-context: prod\n',
    );
    await mergeKubeconfig(entry('a'), { explicit: at('c') });
    expect(names(at('c'))).toEqual(['prod', 'shoal-a']);
    expect(readFileSync(at('c'), 'utf8')).toMatch(/^# mine[\s\S]*# careful/);
  });
  it('replaces its own entries', async () => {
    await mergeKubeconfig(entry('a'), { explicit: at('c') });
    await mergeKubeconfig({ ...entry('a'), server: 'https://new' }, { explicit: at('c') });
    expect(read(at('c')).clusters).toMatchObject([{ cluster: { server: 'https://new' } }]);
  });
  it('goes to the first file of $KUBECONFIG that exists, else to the last', async () => {
    const env = { KUBECONFIG: `${at('one')}:${at('two')}` };
    expect(await mergeKubeconfig(entry('a'), { env })).toBe(at('two'));
    writeFileSync(at('one'), '');
    expect(await mergeKubeconfig(entry('b'), { env })).toBe(at('one'));
    expect(await removeKubeconfig('shoal-a', { env })).toEqual([at('two')]);
    expect(names(at('one'))).toEqual(['shoal-b']);
  });
  it('clears the current context when that goes', async () => {
    await mergeKubeconfig(entry('a'), { explicit: at('c') });
    expect(await removeKubeconfig('shoal-a', { explicit: at('c') })).toEqual([at('c')]);
    expect(read(at('c'))).toMatchObject({ clusters: [], contexts: [], users: [], 'current-context': '' });
    expect(await removeKubeconfig('shoal-a', { explicit: at('c') })).toEqual([]);
  });
  it('takes writers one at a time', async () => {
    const all = Array.from({ length: 12 }, (_, index) => `n${index}`);
    await Promise.all(all.map((name) => mergeKubeconfig(entry(name), { explicit: at('c') })));
    expect(names(at('c')).sort()).toEqual(all.map(contextName).sort());
    await Promise.all(all.slice(1).map((name) => removeKubeconfig(contextName(name), { explicit: at('c') })));
    expect(names(at('c'))).toEqual(['shoal-n0']);
  });
  it('is not touched when it is broken', async () => {
    writeFileSync(at('c'), 'clusters: [');
    await expect(mergeKubeconfig(entry('a'), { explicit: at('c') })).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    await expect(checkKubeconfig({ explicit: at('c') })).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    await checkKubeconfig({ explicit: at('none-yet') });
    expect(readFileSync(at('c'), 'utf8')).toBe('clusters: [');
  });
  it('can stand alone', () => {
    expect(parse(renderKubeconfig(entry('a')))).toMatchObject({
      'current-context': 'shoal-a',
      users: [{ user: { 'client-key-data': 'S0VZ' } }],
    });
  });
});
