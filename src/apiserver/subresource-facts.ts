import type { Kind, Verb } from '../api/kind.ts';
import type { GroupVersionKind } from '../api/object.ts';

/** What discovery and OpenAPI say of a subresource. */
export interface SubresourceFacts {
  verbs: readonly Verb[];
  /** The kind that its bodies have; absent where it is the parent's. */
  kind?: GroupVersionKind;
}

const gvk = (group: string, version: string, kind: string): GroupVersionKind => ({ group, version, kind });
const readWrite: readonly Verb[] = ['get', 'patch', 'update'];
const connect: readonly Verb[] = ['create', 'get'];
const proxied: readonly Verb[] = ['create', 'delete', 'get', 'patch', 'update'];

const facts: Record<string, SubresourceFacts> = {
  status: { verbs: readWrite },
  scale: { verbs: readWrite, kind: gvk('autoscaling', 'v1', 'Scale') },
  finalize: { verbs: ['update'] },
  approval: { verbs: readWrite },
  ephemeralcontainers: { verbs: readWrite },
  resize: { verbs: readWrite },
  log: { verbs: ['get'] },
  exec: { verbs: connect, kind: gvk('', 'v1', 'PodExecOptions') },
  attach: { verbs: connect, kind: gvk('', 'v1', 'PodAttachOptions') },
  portforward: { verbs: connect, kind: gvk('', 'v1', 'PodPortForwardOptions') },
  binding: { verbs: ['create'], kind: gvk('', 'v1', 'Binding') },
  eviction: { verbs: ['create'], kind: gvk('policy', 'v1', 'Eviction') },
  token: { verbs: ['create'], kind: gvk('authentication.k8s.io', 'v1', 'TokenRequest') },
};

/** The facts of `parent`'s subresource `name`. */
export function subresourceFacts(parent: Kind, name: string): SubresourceFacts {
  if (name === 'proxy') return { verbs: proxied, kind: gvk('', 'v1', `${parent.kind}ProxyOptions`) };
  return facts[name] ?? { verbs: readWrite };
}
