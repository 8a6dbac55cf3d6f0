import { parseAllDocuments } from 'yaml';
import { group, type Kind } from '../api/kind.ts';
import { type KubeObject, parseApiVersion } from '../api/object.ts';
import { allKinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { APIResourceList } from '../api/types/meta-v1.ts';
import type { Client } from '../client/client.ts';

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
async function objectsIn(client: Client, text: string): Promise<{ kind: Kind; object: KubeObject }[]> {
  const documents = parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
  return Promise.all(
    documents.map(async (object) => {
      const kind = await findKind(client, object.kind ?? '', object.apiVersion);
      if (kind === undefined) throw new Error(`a manifest holds a ${object.apiVersion} ${object.kind}, which the cluster does not know`);
      return { kind, object };
    }),
  );
}

/** Server-side apply of all objects of a YAML text, in order; those that name no namespace go into `namespace`. */
export async function applyManifests(client: Client, text: string, namespace: string): Promise<void> {
  for (const { kind, object } of await objectsIn(client, text)) {
    const place = kind.namespaced ? (object.metadata.namespace ?? namespace) : undefined;
    await client.patch(kind, object.metadata.name ?? '', place, object, { type: 'apply', fieldManager: 'shoal-lesson', force: true });
  }
}

/** The objects of a YAML text that live outside of namespaces, which no namespace takes along when it goes. */
export const clusterWide = async (client: Client, text: string): Promise<{ kind: Kind; name: string }[]> =>
  (await objectsIn(client, text))
    .filter(({ kind }) => !kind.namespaced)
    .map(({ kind, object }) => ({ kind, name: object.metadata.name ?? '' }));
