import type { Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeList, type KubeObject, type WatchEvent } from '../api/object.ts';
import type { Status } from '../api/types/meta-v1.ts';
import type { Client, DeleteOptions, ListOptions, PatchType, WatchOptions } from './client.ts';
import type { Transport } from './transport.ts';

const patchContentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** `/api/v1/namespaces/default/pods/web-0/status`: the REST path of a collection, an object or a subresource. */
export function pathOf(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced && namespace !== undefined && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${kind.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** The Kubernetes verbs over any transport. */
export function clientOver(transport: Transport): Client {
  const replace = <T extends KubeObject>(kind: Kind<T>, object: T, subresource?: string): Promise<T> =>
    transport.send({
      method: 'PUT',
      path: pathOf(kind, object.metadata.namespace, nameOf(object), subresource),
      query: new URLSearchParams(),
      body: withType(kind, object),
    }) as Promise<T>;

  return {
    get: <T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string) =>
      transport.send({ method: 'GET', path: pathOf(kind, namespace, name), query: new URLSearchParams() }) as Promise<T>,

    async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}) {
      const request = { method: 'GET' as const, path: pathOf(kind, options.namespace), query: listQuery(options) };
      const list = (await transport.send(request)) as KubeList<T>;
      // Upstream leaves apiVersion and kind out of the items of typed lists; everyone here may rely on them.
      return { ...list, items: (list.items ?? []).map((item) => withType(kind, item)) };
    },

    create: <T extends KubeObject>(kind: Kind<T>, object: T) =>
      transport.send({
        method: 'POST',
        path: pathOf(kind, object.metadata.namespace),
        query: new URLSearchParams(),
        body: withType(kind, object),
      }) as Promise<T>,

    update: (kind, object) => replace(kind, object),
    updateStatus: (kind, object) => replace(kind, object, 'status'),

    patch: <T extends KubeObject>(...[kind, name, namespace, patch, options = {}]: Parameters<Client['patch']>) => {
      const query = new URLSearchParams();
      if (options.fieldManager !== undefined) query.set('fieldManager', options.fieldManager);
      if (options.force === true) query.set('force', 'true');
      return transport.send({
        method: 'PATCH',
        path: pathOf(kind, namespace, name, options.subresource),
        query,
        contentType: patchContentTypes[options.type ?? 'merge'],
        body: patch,
      }) as Promise<T>;
    },

    delete: <T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string, options?: DeleteOptions) =>
      transport.send({
        method: 'DELETE',
        path: pathOf(kind, namespace, name),
        query: new URLSearchParams(),
        body: deleteBody(options),
      }) as Promise<T | Status>,

    async deleteCollection(kind, options = {}) {
      await transport.send({
        method: 'DELETE',
        path: pathOf(kind, options.namespace),
        query: listQuery(options),
        body: deleteBody(options),
      });
    },

    watch: <T extends KubeObject>(kind: Kind<T>, options: WatchOptions = {}) => {
      const query = listQuery(options);
      query.set('watch', 'true');
      if (options.allowWatchBookmarks === true) query.set('allowWatchBookmarks', 'true');
      return transport.watch({
        method: 'GET',
        path: pathOf(kind, options.namespace),
        query,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }) as AsyncIterable<WatchEvent<T>>;
    },

    createSubresource: <R>(kind: Kind, name: string, namespace: string | undefined, subresource: string, body: unknown) =>
      transport.send({
        method: 'POST',
        path: pathOf(kind, namespace, name, subresource),
        query: new URLSearchParams(),
        body,
      }) as Promise<R>,

    raw: <R>(...[method, path, body]: Parameters<Client['raw']>) => {
      const [pathname = path, search = ''] = path.split('?', 2);
      return transport.send({ method, path: pathname, query: new URLSearchParams(search), body }) as Promise<R>;
    },

    async *stream<R>(path: string, signal?: AbortSignal) {
      const [pathname = path, search = ''] = path.split('?', 2);
      const request = { method: 'GET' as const, path: pathname, query: new URLSearchParams(search) };
      for await (const { object } of transport.watch({ ...request, ...(signal === undefined ? {} : { signal }) })) yield object as R;
    },
  };
}

function listQuery(options: ListOptions | WatchOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (options.labelSelector !== undefined && options.labelSelector !== '') query.set('labelSelector', options.labelSelector);
  if (options.fieldSelector !== undefined && options.fieldSelector !== '') query.set('fieldSelector', options.fieldSelector);
  if (options.resourceVersion !== undefined) query.set('resourceVersion', options.resourceVersion);
  if ('limit' in options && options.limit !== undefined) query.set('limit', String(options.limit));
  if ('continue' in options && options.continue !== undefined) query.set('continue', options.continue);
  return query;
}

function deleteBody(options: DeleteOptions = {}): unknown {
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
  if (gracePeriodSeconds === undefined && propagationPolicy === undefined && preconditions === undefined) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}

const withType = <T extends KubeObject>(kind: Kind, object: T): T =>
  object.kind === undefined || object.apiVersion === undefined ? { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind } : object;

function nameOf(object: KubeObject): string {
  const name = object.metadata.name;
  if (name === undefined || name === '') throw new TypeError('an object without metadata.name cannot be replaced');
  return name;
}
