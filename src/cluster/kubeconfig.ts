import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { type Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { messageOf, ShoalError } from '../util/errors.ts';

/** What a kubeconfig needs to say of one cluster; all PEM. */
export interface KubeconfigEntry {
  /** Name of the context, the cluster and the user: `shoal-<cluster>`. */
  context: string;
  server: string;
  ca: string;
  cert: string;
  key: string;
  /** What kubectl works in when nobody names one; default: `default`. */
  namespace?: string;
}

export interface KubeconfigPlace {
  /** `--kubeconfig`: exactly this file. */
  explicit?: string;
  env?: Record<string, string | undefined>;
}

export const contextName = (cluster: string): string => `shoal-${cluster}`;

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const parts = (entry: KubeconfigEntry) => ({
  clusters: { name: entry.context, cluster: { server: entry.server, 'certificate-authority-data': base64(entry.ca) } },
  contexts: {
    name: entry.context,
    context: {
      cluster: entry.context,
      user: entry.context,
      ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }),
    },
  },
  users: { name: entry.context, user: { 'client-certificate-data': base64(entry.cert), 'client-key-data': base64(entry.key) } },
});

/** A file of its own for one cluster. */
export function renderKubeconfig(entry: KubeconfigEntry): string {
  const { clusters, contexts, users } = parts(entry);
  const document = parseDocument('{}');
  document.contents = document.createNode({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [clusters],
    contexts: [contexts],
    'current-context': entry.context,
    preferences: {},
    users: [users],
  }) as typeof document.contents;
  return document.toString({ lineWidth: 0 });
}

/** The files that are read, in order: `--kubeconfig`, else `$KUBECONFIG`, else `~/.kube/config` (client-go's loading rules). */
export function kubeconfigFiles({ explicit, env = process.env }: KubeconfigPlace): string[] {
  if (explicit !== undefined && explicit !== '') return [explicit];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

/**
 * Adds or replaces the cluster's entries and makes its context current, in the file that kubectl would write to: the first
 * of the list that exists, or else the last. Returns that file. Everything else in it stays as it was, comments included.
 */
export async function mergeKubeconfig(entry: KubeconfigEntry, place: KubeconfigPlace = {}): Promise<string> {
  const file = await destination(kubeconfigFiles(place));
  await edit(file, (document) => {
    for (const [section, value] of Object.entries(parts(entry))) upsert(document, section, value);
    document.set('current-context', entry.context);
    return true;
  });
  return file;
}

/** Throws KUBECONFIG_INVALID when {@link mergeKubeconfig} would: better before a cluster is made than after. */
export async function checkKubeconfig(place: KubeconfigPlace = {}): Promise<void> {
  const file = await destination(kubeconfigFiles(place));
  parse(file, (await readIfPresent(file)) ?? '');
}

/** Removes the entries of a context wherever the listed files hold them. Returns the files that changed. */
export async function removeKubeconfig(context: string, place: KubeconfigPlace = {}): Promise<string[]> {
  const changed: string[] = [];
  for (const file of kubeconfigFiles(place)) {
    if ((await readIfPresent(file)) === undefined) continue;
    const touched = await edit(file, (document) => {
      let found = false;
      for (const section of ['clusters', 'contexts', 'users']) {
        const list = document.get(section);
        if (!isSeq(list)) continue;
        const kept = list.items.filter((item) => !(isMap(item) && item.get('name') === context));
        found ||= kept.length !== list.items.length;
        list.items = kept;
      }
      if (document.get('current-context') === context) {
        document.set('current-context', '');
        found = true;
      }
      return found;
    });
    if (touched) changed.push(file);
  }
  return changed;
}

/** The cluster that kubectl talks to now, by the current context; undefined when that is no cluster of Shoal's. */
export async function currentCluster(place: KubeconfigPlace = {}): Promise<string | undefined> {
  for (const file of kubeconfigFiles(place)) {
    try {
      const context: unknown = parse(file, (await readIfPresent(file)) ?? '').get('current-context');
      if (typeof context !== 'string' || context === '') continue;
      const prefix = contextName('');
      return context.startsWith(prefix) ? context.slice(prefix.length) : undefined;
    } catch {
      // A file that cannot be read is for kubectl to complain about.
    }
  }
  return undefined;
}

async function destination(files: string[]): Promise<string> {
  for (const file of files) if ((await readIfPresent(file)) !== undefined) return file;
  return files.at(-1) ?? join(homedir(), '.kube', 'config');
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return undefined;
    throw new ShoalError('KUBECONFIG_INVALID', `${file} cannot be read: ${messageOf(failure)}`, { cause: failure });
  }
}

function parse(file: string, text: string): Document {
  const document = parseDocument(text.trim() === '' ? 'apiVersion: v1\nkind: Config\npreferences: {}\n' : text);
  const problem = document.errors[0]?.message ?? (isMap(document.contents) ? undefined : 'it is not a mapping');
  if (problem === undefined) return document;
  throw new ShoalError('KUBECONFIG_INVALID', `${file} is not a kubeconfig: ${problem}`, {
    next: 'Correct or move the file, or name another with --kubeconfig.',
  });
}

function upsert(document: Document, section: string, value: { name: string }): void {
  const node = document.createNode(value);
  const list = document.get(section);
  if (!isSeq(list)) {
    document.set(section, document.createNode([value]));
    return;
  }
  // `[]` of an empty file would otherwise stay in flow style.
  (list as YAMLSeq).flow = false;
  const index = list.items.findIndex((item) => isMap(item) && item.get('name') === value.name);
  if (index < 0) list.items.push(node);
  else list.items[index] = node;
}

/**
 * Reads, changes and replaces a file as one step against every other `shoal`, waiting its turn (up to about 20 s). The
 * replacement is a rename, so that a reader never sees half a file.
 */
async function edit(file: string, change: (document: Document) => boolean): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const release = await lock(file, {
    realpath: false,
    stale: 15_000,
    retries: { retries: 200, factor: 1.1, minTimeout: 10, maxTimeout: 150, randomize: true },
  }).catch((cause: unknown) => {
    throw new ShoalError('KUBECONFIG_LOCKED', `${file} is locked by another process`, {
      next: `If no other shoal is running, remove ${file}.lock.`,
      cause,
    });
  });
  try {
    const document = parse(file, (await readIfPresent(file)) ?? '');
    if (!change(document)) return false;
    const draft = `${file}.${process.pid}.tmp`;
    await writeFile(draft, document.toString({ lineWidth: 0 }), { mode: 0o600 });
    await chmod(draft, 0o600);
    await rename(draft, file);
    return true;
  } finally {
    await release();
  }
}
