import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Volume } from '../../../src/api/types/core-v1.ts';
import type { Client } from '../../../src/client/client.ts';
import { createBackoff } from '../../../src/kubelet/backoff.ts';
import type { KubeletContext, PodState } from '../../../src/kubelet/context.ts';
import type { ObjectSource } from '../../../src/kubelet/objects.ts';
import { writeAtomically } from '../../../src/kubelet/volumes/atomic-writer.ts';
import { createTokenSource } from '../../../src/kubelet/volumes/tokens.ts';
import { createVolumes } from '../../../src/kubelet/volumes/volumes.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { container, pod } from './harness.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kubelet-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const addresses = { podIPs: ['10.244.1.5'], hostIP: '172.18.0.3' };

function setUp(volume: Omit<Volume, 'name'>, data: Record<string, string> = { color: 'red' }) {
  const clock = virtualClock();
  const events: string[] = [];
  const issued: string[] = [];
  const config = { data };
  const objects: ObjectSource = {
    configMap: async (_, name) => (name === 'settings' ? { metadata: { name }, data: config.data } : undefined),
    secret: async (_, name) => (name === 'keys' ? { metadata: { name }, data: { token: base64('s3cret') } } : undefined),
    register: () => undefined,
    unregister: () => undefined,
    onChange: () => undefined,
  };
  const client = {
    async createSubresource() {
      issued.push(`token-${issued.length}`);
      return { status: { token: issued.at(-1), expirationTimestamp: new Date(clock.now() + 3_600_000).toISOString() } };
    },
  } as unknown as Client;
  const context = {
    clock,
    client,
    objects,
    allocatable: {},
    recorder: { event: (_about: unknown, _type: string, reason: string, message: string) => void events.push(`${reason}: ${message}`) },
  } as unknown as KubeletContext;
  const mounted = container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] });
  const made = pod('web', { volumes: [{ name: 'v', ...volume }], containers: [mounted] });
  const state = {
    uid: 'u',
    pod: { ...made, metadata: { ...made.metadata, labels: { app: 'web' } } },
    pulls: createBackoff(clock),
  } as unknown as PodState;
  const volumes = createVolumes({ podsDir: root, tokens: createTokenSource({ client, clock }) });
  return {
    clock,
    config,
    events,
    issued,
    state,
    volumes,
    mount: () => volumes.mount(context, state, addresses),
    at: () => volumes.mounted('u', 'v')?.path ?? '',
  };
}

describe('volumes', () => {
  it('project a ConfigMap through ..data and follow its changes', async () => {
    const { mount, at, config } = setUp({ configMap: { name: 'settings' } }, { color: 'red', size: 'big' });
    await mount();
    expect(at()).toBe(join(root, 'u/volumes/kubernetes.io~configmap/v'));
    expect(await readlink(join(at(), 'color'))).toBe('..data/color');
    expect(await readFile(join(at(), 'color'), 'utf8')).toBe('red');
    expect((await stat(join(at(), 'color'))).mode & 0o777).toBe(0o644);
    const before = await readlink(join(at(), '..data'));
    await mount();
    expect(await readlink(join(at(), '..data'))).toBe(before);
    config.data = { color: 'blue' };
    await mount();
    expect(await readFile(join(at(), 'color'), 'utf8')).toBe('blue');
    expect((await readdir(at())).filter((name) => !name.startsWith('..'))).toEqual(['color']);
    expect((await readdir(at())).filter((name) => name.startsWith('..2'))).toHaveLength(1);
  });

  it.each([
    { name: 'a ConfigMap', volume: { configMap: { name: 'none' } }, why: 'configmap "none" not found' },
    {
      name: 'a ConfigMap key',
      volume: { configMap: { name: 'settings', items: [{ key: 'x', path: 'x' }] } },
      why: 'configmap references non-existent config key: x',
    },
    { name: 'a Secret', volume: { secret: { secretName: 'none' } }, why: 'secret "none" not found' },
    {
      name: 'a Secret key',
      volume: { secret: { secretName: 'keys', items: [{ key: 'x', path: 'x' }] } },
      why: 'references non-existent secret key: x',
    },
    {
      name: 'a hostPath',
      volume: { hostPath: { path: '/no/such', type: 'Directory' } },
      why: 'hostPath type check failed: /no/such is not a directory',
    },
  ])('tell of $name that is missing', async ({ volume, why }) => {
    const { mount, events } = setUp(volume);
    await expect(mount()).rejects.toThrow(`MountVolume.SetUp failed for volume "v" : ${why}`);
    expect(events).toEqual([`FailedMount: MountVolume.SetUp failed for volume "v" : ${why}`]);
  });

  it('pass over what is optional', async () => {
    const { mount, at } = setUp({ configMap: { name: 'none', optional: true } });
    await mount();
    expect((await readdir(at())).filter((name) => !name.startsWith('..'))).toEqual([]);
  });

  it('take items with paths and modes', async () => {
    const { mount, at } = setUp({ secret: { secretName: 'keys', defaultMode: 0o400, items: [{ key: 'token', path: 'deep/er/token' }] } });
    await mount();
    expect(await readFile(join(at(), 'deep/er/token'), 'utf8')).toBe('s3cret');
    expect((await stat(join(at(), 'deep/er/token'))).mode & 0o777).toBe(0o400);
  });

  it('project a token and renew it when most of its life is over', async () => {
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'settings', items: [{ key: 'color', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [
            { path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } },
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          ],
        },
      },
    ];
    const { mount, at, clock } = setUp({ projected: { sources } });
    expect(await mount()).toBe(2_880_000);
    expect(await Promise.all(['token', 'ca.crt', 'namespace', 'labels'].map((name) => readFile(join(at(), name), 'utf8')))).toEqual([
      'token-0',
      'red',
      'default',
      'app="web"',
    ]);
    await clock.advance(2_000_000);
    await mount();
    expect(await readFile(join(at(), 'token'), 'utf8')).toBe('token-0');
    await clock.advance(900_000);
    await mount();
    expect(await readFile(join(at(), 'token'), 'utf8')).toBe('token-1');
  });

  it('make an emptyDir that anyone may write to, and remove it with the pod', async () => {
    const { mount, at, volumes } = setUp({ emptyDir: {} });
    await mount();
    const path = at();
    expect((await stat(path)).mode & 0o777).toBe(0o777);
    await volumes.unmount('u');
    await expect(lstat(path)).rejects.toThrow();
    expect(volumes.mounted('u', 'v')).toBeUndefined();
  });

  it('make a hostPath of type DirectoryOrCreate and leave it when the pod goes', async () => {
    const path = join(root, 'data');
    const { mount, volumes } = setUp({ hostPath: { path, type: 'DirectoryOrCreate' } });
    await mount();
    await volumes.unmount('u');
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('keep a subPath inside the volume', async () => {
    const { mount, at, volumes } = setUp({ emptyDir: {} });
    await mount();
    expect(await volumes.subPath('u', 'v', 'a/b')).toBe(join(at(), 'a/b'));
    expect((await stat(join(at(), 'a/b'))).isDirectory()).toBe(true);
    await mkdir(join(root, 'outside'));
    await symlink(join(root, 'outside'), join(at(), 'link'));
    await expect(volumes.subPath('u', 'v', 'link')).rejects.toThrow('links out of the volume');
    await expect(volumes.subPath('u', 'v', '../..')).rejects.toThrow('outside of the volume');
  });

  it('leave what a crash left behind out of the next write', async () => {
    const target = join(root, 'w');
    await mkdir(target);
    await symlink('nowhere', join(target, '..data_tmp'));
    await writeAtomically(target, new Map([['a', { data: Buffer.from('1'), mode: 0o644 }]]), Date.UTC(2026, 0, 1));
    expect(await readFile(join(target, 'a'), 'utf8')).toBe('1');
  });

  it.each([
    { name: 'of one user', uid: true, gid: false, mode: 0o600 },
    { name: 'of the pod’s group', uid: false, gid: true, mode: 0o640 },
    { name: 'of one user and the pod’s group', uid: true, gid: true, mode: 0o640 },
  ])('let a file $name be read by who it belongs to', async ({ uid, gid, mode }) => {
    // This process’s own, which any process may give away to.
    const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const file = { data: Buffer.from('token'), mode: 0o600, ...(uid ? { uid: user } : {}) };
    await writeAtomically(root, new Map([['token', file]]), 0, gid ? { gid: group } : undefined);
    const found = await stat(join(root, 'token'));
    expect({ mode: found.mode & 0o777, uid: found.uid, gid: found.gid }).toEqual({ mode, uid: user, gid: group });
  });
});
