import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { KubeObject } from '../api/object.ts';
import type { Change } from './change.ts';

/** A request that the API server has answered, as it tells of it. */
export interface Answered {
  info: { isResource: boolean; verb: string; group: string; resource: string; subresource: string; namespace: string; name: string };
  user: { name: string };
  request: Pick<ApiRequest, 'headers' | 'query'>;
  response: ApiResponse;
}

export interface Author {
  user: string;
  /** What the client calls itself: `kubectl`, `helm`. */
  agent?: string;
  subresource: string;
}

/** Who wrote what, for the moment between an answer and the entry about it. */
export interface Authors {
  answered(request: Answered): void;
  of(change: Change): Author | undefined;
  /** Called once in a while: what was known before the last call is forgotten. */
  age(): void;
}

const reading = new Set(['get', 'list', 'watch']);

export function createAuthors(): Authors {
  let recent = new Map<string, Author>();
  let earlier = new Map<string, Author>();
  const find = (name: string): Author | undefined => recent.get(name) ?? earlier.get(name);
  return {
    answered({ info, user, request, response }) {
      if (!info.isResource || reading.has(info.verb) || response.status >= 400 || request.query.has('dryRun')) return;
      const agent = /^[^/ ]+/.exec(request.headers['user-agent'] ?? '')?.[0];
      const author = { user: user.name, ...(agent === undefined ? {} : { agent }), subresource: info.subresource };
      const value = response.body.kind === 'object' ? (response.body.value as Partial<KubeObject> | undefined) : undefined;
      const revision = value?.metadata?.resourceVersion;
      // A write that changed nothing answers with the revision of an earlier one.
      if (info.name !== '' || info.verb === 'create' ? revision !== undefined : false) {
        if (find(`${revision}`) === undefined) recent.set(`${revision}`, author);
      }
      // Deletions, and what subresources do to their objects, answer with a Status or an object of another kind.
      if (info.verb.startsWith('delete') || info.subresource !== '') recent.set(pathOf(info), author);
    },
    of(change) {
      const author = find(String(change.revision));
      if (author !== undefined || !isDeletion(change)) return author;
      return find(change.key) ?? find(change.key.slice(0, change.key.lastIndexOf('/') + 1));
    },
    age() {
      earlier = recent;
      recent = new Map();
    },
  };
}

/** The key in the store of what a request names; of a collection its prefix. */
const pathOf = ({ group, resource, namespace, name }: Answered['info']): string =>
  `/${group === '' ? 'core' : group}/${resource}/${namespace === '' ? '' : `${namespace}/`}${name}`;

/** Whether the write began or ended the object's deletion. */
export const isDeletion = ({ type, object, previous }: Change): boolean =>
  type === 'DELETED' || (object.metadata.deletionTimestamp !== undefined && previous?.metadata.deletionTimestamp === undefined);

/** For people: `kubernetes-admin (kubectl)`, `kube-scheduler`, `kubelet of node-1`. */
export function authorText({ user, agent }: Author): string {
  const name = user
    .replace(/^system:node:/, 'kubelet of ')
    .replace(/^system:serviceaccount:([^:]+):/, 'ServiceAccount $1/')
    .replace(/^system:/, '');
  return agent === undefined || agent === name ? name : `${name} (${agent})`;
}

/** Whether a part of Kubernetes itself wrote, and not a person or their program. */
export const isComponent = (author: Author | undefined): boolean => author?.user.startsWith('system:kube-') === true;
