import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { EngineAddress } from './address.ts';

/** What the strategies look at; tests pass their own. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  home: string;
  exists(path: string): boolean;
}

export const surroundings = (): Surroundings => ({ env: process.env, home: homedir(), exists: existsSync });

/** One way to know of an engine; no answer means that it has nothing to say. */
interface Strategy {
  name: string;
  find(around: Surroundings): EngineAddress[];
}

/** In the docker client's own order: DOCKER_HOST, then DOCKER_CONTEXT, then the context in use, then well-known sockets. */
export const strategies: readonly Strategy[] = [
  { name: 'DOCKER_HOST', find: fromDockerHost },
  { name: 'docker context', find: fromContext },
  { name: 'default sockets', find: fromSockets },
];

/** The addresses to try, best first; one that the user named is the only one. */
export function engineCandidates(around: Surroundings = surroundings()): EngineAddress[] {
  const found: EngineAddress[] = [];
  for (const strategy of strategies) {
    const addresses = strategy.find(around);
    const [first] = addresses;
    if (first?.explicit === true && found.length === 0) return [first];
    found.push(...addresses);
  }
  return found;
}

function fromDockerHost({ env, home }: Surroundings): EngineAddress[] {
  const host = env['DOCKER_HOST'];
  if (host === undefined || host === '') return [];
  const secure = (env['DOCKER_TLS_VERIFY'] ?? '') !== '' || host.endsWith(':2376');
  const tls = secure && !host.startsWith('unix:') ? (env['DOCKER_CERT_PATH'] ?? join(home, '.docker')) : undefined;
  return [{ host, source: 'DOCKER_HOST', explicit: true, ...(tls === undefined ? {} : { tls }) }];
}

/** Reads what `docker context use` wrote; the context named `default` stands for the default sockets. */
function fromContext({ env, home, exists }: Surroundings): EngineAddress[] {
  const directory = env['DOCKER_CONFIG'] ?? join(home, '.docker');
  const configPath = join(directory, 'config.json');
  const config = exists(configPath) ? (readJson(configPath) as { currentContext?: string }) : {};
  const name = env['DOCKER_CONTEXT'] || config.currentContext;
  if (name === undefined || name === '' || name === 'default') return [];
  const id = createHash('sha256').update(name).digest('hex');
  const metaPath = join(directory, 'contexts', 'meta', id, 'meta.json');
  if (!exists(metaPath)) {
    throw new ShoalError('ENGINE_UNREACHABLE', `the docker context ${JSON.stringify(name)} does not exist`, {
      next: 'List them with `docker context ls`, and choose one with `docker context use NAME`.',
    });
  }
  const meta = readJson(metaPath) as { Endpoints?: { docker?: { Host?: string } } };
  const host = meta.Endpoints?.docker?.Host;
  if (host === undefined || host === '') return [];
  const tls = join(directory, 'contexts', 'tls', id, 'docker');
  return [{ host, source: `docker context ${JSON.stringify(name)}`, explicit: true, ...(exists(tls) ? { tls } : {}) }];
}

function fromSockets({ env, home, exists }: Surroundings): EngineAddress[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  const paths: [path: string, source: string][] = [
    ['/var/run/docker.sock', 'the default socket'],
    ...(runtime === undefined ? [] : ([[join(runtime, 'docker.sock'), 'the rootless engine of this user']] as [string, string][])),
    [join(home, '.docker/run/docker.sock'), 'Docker Desktop'],
    [join(home, '.docker/desktop/docker.sock'), 'Docker Desktop'],
    [join(home, '.orbstack/run/docker.sock'), 'OrbStack'],
    [join(home, '.colima/default/docker.sock'), 'Colima'],
    [join(home, '.rd/docker.sock'), 'Rancher Desktop'],
  ];
  return paths.filter(([path]) => exists(path)).map(([path, source]) => ({ host: `unix://${path}`, source, explicit: false }));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ShoalError('ENGINE_UNREACHABLE', `${path} cannot be read: ${messageOf(cause)}`, {
      next: 'Mend the file, or set DOCKER_HOST, which goes before it.',
      cause,
    });
  }
}
