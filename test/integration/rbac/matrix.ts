import type { HttpsServer } from '../apiserver/fixture.ts';

/** One cell: a verb on a resource or subresource in a namespace, as a request. */
export interface Cell {
  group: string;
  resource: string;
  namespace: string | undefined;
  verb: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

interface ApiResource {
  name: string;
  namespaced: boolean;
  kind: string;
}

const patchTypes = ['application/merge-patch+json', 'application/apply-patch+yaml'];

/** Every verb on everything that discovery tells of: all groups, versions, resources and subresources, in each namespace and across them. */
export async function accessMatrix(server: HttpsServer, namespaces: readonly string[]): Promise<Cell[]> {
  const ask = async (path: string) => {
    const answer = await server.send('GET', path);
    // An aggregated API whose server is not there cannot say what it has.
    return answer.status === 503 ? { resources: [{ name: 'things', namespaced: true, kind: 'Thing' }] } : answer.json();
  };
  const { groups } = (await ask('/apis')) as { groups: { versions: { groupVersion: string }[] }[] };
  const roots = ['/api/v1', ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))];
  const cells: Cell[] = [];
  for (const root of roots) {
    const { resources = [] } = (await ask(root)) as { resources?: ApiResource[] };
    for (const resource of resources) {
      for (const namespace of resource.namespaced ? [undefined, ...namespaces] : [undefined])
        cells.push(...cellsOf(root, resource, namespace));
    }
  }
  return cells;
}

function cellsOf(root: string, { name, kind }: ApiResource, namespace: string | undefined): Cell[] {
  const [plural = '', subresource] = name.split('/');
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const collection = `${root}${place}/${plural}`;
  const object = `${collection}/x${subresource === undefined ? '' : `/${subresource}`}`;
  const groupVersion = root.replace(/^\/apis?\//, '');
  const body = { apiVersion: groupVersion, kind, metadata: { name: 'x' } };
  const common = { group: groupVersion.includes('/') ? (groupVersion.split('/')[0] ?? '') : '', resource: name, namespace };
  const cell = (verb: string, method: string, path: string, more: Partial<Cell> = {}): Cell => ({ ...common, verb, method, path, ...more });
  const named = [
    cell('get', 'GET', object),
    cell('update', 'PUT', object, { body }),
    ...patchTypes.map((type) => cell('patch', 'PATCH', `${object}?fieldManager=m&force=true`, { body, headers: { 'content-type': type } })),
    cell('delete', 'DELETE', object),
    cell('create', 'POST', object, { body }),
  ];
  if (subresource !== undefined) return named;
  const watched = `${root}/watch${place}/${plural}`;
  return [
    ...named.filter(({ verb }) => verb !== 'create'),
    cell('list', 'GET', collection),
    cell('list', 'GET', `${collection}?fieldSelector=metadata.name%3Dx`),
    cell('watch', 'GET', `${collection}?watch=true&timeoutSeconds=1`),
    cell('watch', 'GET', `${watched}?timeoutSeconds=1`),
    cell('watch', 'GET', `${watched}/x?timeoutSeconds=1`),
    cell('create', 'POST', collection, { body }),
    cell('create', 'POST', `${collection}?dryRun=All`, { body }),
    cell('deletecollection', 'DELETE', collection),
  ];
}
