import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionOptions } from '../../../src/cluster/engine/address.ts';
import { engineCandidates } from '../../../src/cluster/engine/find.ts';

const around = (env: NodeJS.ProcessEnv, present: string[] = []) => ({
  env,
  home: '/home/me',
  exists: (path: string) => present.includes(path),
});

/** A docker configuration directory with one context, as `docker context create` lays it out. */
function contextDirectory(host: string, current?: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-contexts-'));
  const meta = join(directory, 'contexts', 'meta', createHash('sha256').update('remote').digest('hex'));
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: 'remote', Endpoints: { docker: { Host: host } } }));
  writeFileSync(join(directory, 'config.json'), JSON.stringify(current === undefined ? {} : { currentContext: current }));
  return directory;
}
const real = (env: NodeJS.ProcessEnv) => ({
  env,
  home: '/nowhere',
  exists: (path: string) => !path.endsWith('docker.sock') && !path.includes('/tls/'),
});

describe('engineCandidates', () => {
  test('DOCKER_HOST is the only one when it is set', () => {
    const found = engineCandidates(around({ DOCKER_HOST: 'tcp://10.0.0.5:2375' }, ['/var/run/docker.sock']));
    expect(found.map(({ host, source }) => [host, source])).toEqual([['tcp://10.0.0.5:2375', 'DOCKER_HOST']]);
  });

  test('the context in use goes before sockets, DOCKER_CONTEXT before that', () => {
    expect(engineCandidates(real({ DOCKER_CONFIG: contextDirectory('ssh://me@box', 'remote') }))).toMatchObject([
      { host: 'ssh://me@box', explicit: true },
    ]);
    expect(engineCandidates(real({ DOCKER_CONFIG: contextDirectory('ssh://me@box'), DOCKER_CONTEXT: 'remote' }))).toMatchObject([
      { host: 'ssh://me@box' },
    ]);
    expect(engineCandidates(real({ DOCKER_CONFIG: contextDirectory('ssh://me@box', 'default') }))).toEqual([]);
  });

  test('a context that is not there is told, not skipped', () => {
    expect(() => engineCandidates(real({ DOCKER_CONFIG: contextDirectory('ssh://me@box'), DOCKER_CONTEXT: 'other' }))).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNREACHABLE' }),
    );
  });

  test('otherwise every well-known socket that exists, the default first', () => {
    const found = engineCandidates(
      around({ XDG_RUNTIME_DIR: '/run/user/1000' }, [
        '/home/me/.colima/default/docker.sock',
        '/run/user/1000/docker.sock',
        '/var/run/docker.sock',
      ]),
    );
    expect(found.map(({ host }) => host)).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/1000/docker.sock',
      'unix:///home/me/.colima/default/docker.sock',
    ]);
  });
});

describe('connectionOptions', () => {
  const options = (host: string, env: NodeJS.ProcessEnv = {}) => connectionOptions({ host, source: 'DOCKER_HOST', explicit: true }, env);
  test.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock', host: undefined }],
    ['tcp://10.0.0.5:2375', { protocol: 'http', host: '10.0.0.5', port: '2375', socketPath: undefined }],
    ['10.0.0.5:2375', { protocol: 'http', host: '10.0.0.5', port: '2375' }],
    ['tcp://[fd00::1]', { protocol: 'http', host: 'fd00::1', port: 2375 }],
    ['ssh://me@box', { protocol: 'ssh', host: 'box', port: 22, username: 'me' }],
    ['ssh://me@box:2222', { protocol: 'ssh', host: 'box', port: '2222', username: 'me' }],
  ])('%s', (host, expected) => {
    expect(options(host)).toMatchObject(expected);
  });

  test('ssh uses the agent', () => {
    expect(options('ssh://box', { SSH_AUTH_SOCK: '/agent', USER: 'ann' })).toMatchObject({
      username: 'ann',
      sshOptions: { agent: '/agent' },
    });
  });

  test.each([['gopher://x'], ['tcp://:::']])('%s is refused', (host) => {
    expect(() => options(host)).toThrow(expect.objectContaining({ code: 'ENGINE_UNREACHABLE' }));
  });
});
