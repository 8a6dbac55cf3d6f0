import { parseAllDocuments } from 'yaml';
import { group, type Kind } from '../api/kind.ts';
import { type KubeObject, parseApiVersion } from '../api/object.ts';
import { allKinds, kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { APIResourceList } from '../api/types/meta-v1.ts';
import type { Client } from './client.ts';

/** The kind that a name means: a built-in one, or with `apiVersion` one that the server's discovery lists. Undefined for neither. */
export async function findKind(client: Client, name: string, apiVersion?: string): Promise<Kind | undefined> {
  const gv = apiVersion === undefined ? undefined : parseApiVersion(apiVersion);
  const builtIn = allKinds.find((one) => one.kind === name && (gv === undefined || (one.group === gv.group && one.version === gv.version)));
  if (builtIn !== undefined || gv === undefined) return builtIn;
  const list = await client.raw<APIResourceList>('GET', `/apis/${apiVersion}`).catch((thrown: unknown) => {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  });
  const found = list?.resources.find((one) => one.kind === name && !one.name.includes('/'));
  if (found === undefined) return undefined;
  const row = group(gv.group, gv.version);
  return (found.namespaced ? row.namespaced : row.cluster)(name, { plural: found.name });
}

/** The objects of a YAML text, each with its kind. */
const objectsIn = (client: Client, text: string): Promise<{ kind: Kind; object: KubeObject }[]> =>
  Promise.all(parseManifests(text).map(async (object) => ({ kind: await kindOf(client, object), object })));

/** The objects of a YAML text, which may be JSON; Lists are taken apart. */
export const parseManifests = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => itemsIn(document.toJS() as KubeObject | null));

function itemsIn(object: (KubeObject & { items?: KubeObject[] }) | null): KubeObject[] {
  if (object === null) return [];
  return object.kind?.endsWith('List') === true && Array.isArray(object.items) ? object.items : [object];
}

async function kindOf(client: Client, { kind: name = '', apiVersion }: KubeObject): Promise<Kind> {
  const kind = await findKind(client, name, apiVersion);
  if (kind === undefined) throw new Error(`a manifest holds a ${apiVersion} ${name}, which the cluster does not know`);
  return kind;
}

export interface ApplyOptions {
  /** For objects that name none. */
  namespace: string;
  fieldManager: string;
}

/**
 * Server-side apply of objects, one after the other: a kind that one of them defines is known to those after it. Resolves to
 * what came of each.
 */
export async function applyObjects(
  client: Client,
  objects: readonly KubeObject[],
  { namespace, fieldManager }: ApplyOptions,
): Promise<{ kind: Kind; object: KubeObject }[]> {
  const applied: { kind: Kind; object: KubeObject }[] = [];
  for (const object of objects) {
    const kind = await kindOf(client, object);
    const place = kind.namespaced ? (object.metadata.namespace ?? namespace) : undefined;
    const options = { type: 'apply', fieldManager, force: true } as const;
    const result = await client.patch(kind, object.metadata.name ?? '', place, object, options);
    if (kind.kind === kinds.CustomResourceDefinition.kind) await established(client, object.metadata.name ?? '');
    applied.push({ kind, object: result });
  }
  return applied;
}

/** Resolves when the kind that a CustomResourceDefinition defines is served. */
async function established(client: Client, name: string): Promise<void> {
  const definitions = client.watch(kinds.CustomResourceDefinition, { fieldSelector: `metadata.name=${name}` });
  for await (const { object } of definitions) {
    if (object.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true) return;
  }
}

/** The same of a YAML text. */
export const applyManifests = (client: Client, text: string, options: ApplyOptions): ReturnType<typeof applyObjects> =>
  applyObjects(client, parseManifests(text), options);

/** The objects of a YAML text that live outside of namespaces, which no namespace takes along when it goes. */
export const clusterWide = async (client: Client, text: string): Promise<{ kind: Kind; name: string }[]> =>
  (await objectsIn(client, text))
    .filter(({ kind }) => !kind.namespaced)
    .map(({ kind, object }) => ({ kind, name: object.metadata.name ?? '' }));
