import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { NodeStatus } from '../context.ts';
import type { ClusterSpec } from '../spec.ts';

/** Everything that a simulated cluster is, in one directory that only its user may read. */
export interface ClusterFiles {
  directory: string;
  /** {@link ClusterRecord}. */
  record: string;
  /** Certificates and keys by the names of `pkiFiles`. */
  pki: string;
  store: string;
  /** The state that `reset` goes back to. */
  resetPoint: string;
  /** The journal of `src/timeline`. */
  timeline: string;
  log: string;
  /** {@link NodeStatus}[] as the process last saw them, for `status` while it does not run. */
  nodes: string;
  pid: string;
  /** A Unix socket that the process listens on for as long as it lives: who can connect knows that `pid` is its own. */
  socket: string;
}

/** What `up` was asked for, with the ports that were chosen. */
export interface ClusterRecord {
  spec: ClusterSpec;
  /** False until `up` has succeeded: what a killed `up` left is not a cluster. */
  complete: boolean;
  /** See `Lifetime`. */
  instance?: string;
  expires?: number;
}

/** Longest path that every system takes for a Unix socket, with some room (macOS: 104 bytes). */
const longestSocketPath = 100;

/** `$XDG_STATE_HOME/shoal/clusters`, by default below `~/.local/state`. */
export const clustersDirectory = (env: Record<string, string | undefined>): string =>
  join(env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state'), 'shoal', 'clusters');

export function filesIn(directory: string): ClusterFiles {
  const socket = join(directory, 'server.sock');
  const short = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return {
    directory,
    record: join(directory, 'spec.json'),
    pki: join(directory, 'pki'),
    store: join(directory, 'store.db'),
    resetPoint: join(directory, 'reset-point.jsonl.zst'),
    timeline: join(directory, 'timeline.db'),
    log: join(directory, 'server.log'),
    nodes: join(directory, 'nodes.json'),
    pid: join(directory, 'server.pid'),
    socket: Buffer.byteLength(socket) <= longestSocketPath ? socket : join(tmpdir(), `shoal-${userInfo().uid}-${short}.sock`),
  };
}

/** Names of the clusters that have a directory, whole or not. */
export async function clusterNames(clusters: string): Promise<string[]> {
  const entries = await readdir(clusters, { withFileTypes: true }).catch(unlessMissing);
  return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

export const readRecord = (files: ClusterFiles): Promise<ClusterRecord | undefined> => readJson<ClusterRecord>(files.record);
export const readNodes = async (files: ClusterFiles): Promise<NodeStatus[]> => (await readJson<NodeStatus[]>(files.nodes)) ?? [];

/** Replaces a file as a whole, readable by its user alone. */
export async function writePrivate(path: string, content: string | Buffer): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, path);
}

export const writeJson = (path: string, value: unknown): Promise<void> => writePrivate(path, `${JSON.stringify(value, undefined, 2)}\n`);

export async function makeDirectories(files: ClusterFiles): Promise<void> {
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  await mkdir(files.pki, { recursive: true, mode: 0o700 });
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessMissing);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ShoalError('CONFIG_INVALID', `${path} is not valid JSON: ${messageOf(cause)}`, {
      next: 'Remove the cluster with `shoal down`, and create it again.',
      cause,
    });
  }
}

export function unlessMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
