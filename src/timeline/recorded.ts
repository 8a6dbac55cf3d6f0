import { semanticEqual } from '../api/deep-equal.ts';
import type { KubeObject } from '../api/object.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { Change } from './change.ts';

/** Neither told of nor kept: heartbeats, and copies of what other kinds say. */
const ignored = ['/coordination.k8s.io/leases/', '/core/endpoints/'];
/** Kept for the state, but what they tell is told by others. */
const untold = [
  '/apps/controllerrevisions/',
  '/storage.k8s.io/csinodes/',
  '/networking.k8s.io/ipaddresses/',
  '/flowcontrol.apiserver.k8s.io/',
];
/** What every namespace has from the start. */
const furniture = /^\/core\/(serviceaccounts\/[^/]+\/default|configmaps\/[^/]+\/kube-root-ca\.crt)$/;
/** Known by name alone: their data is nobody's business here, nor are annotations, one of which repeats it. */
const named = ['/core/secrets/', '/core/configmaps/'];

const among = (prefixes: readonly string[], key: string): boolean => prefixes.some((prefix) => key.startsWith(prefix));

export const isIgnored = (key: string): boolean => among(ignored, key);
export const isUntold = (key: string): boolean => among(untold, key) || furniture.test(key);

/** The object as history keeps it. */
export function recorded(key: string, object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  if (!among(named, key)) return { ...object, metadata };
  const { annotations: _annotations, ...rest } = metadata;
  const { apiVersion, kind, type } = object as KubeObject & { type?: string };
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: rest,
    ...(type === undefined ? {} : { type }),
  };
}

/** Whether a write says nothing new: only a node's heartbeats differ. */
export function isHeartbeat({ key, object, previous }: Change): boolean {
  if (previous === undefined || !key.startsWith('/core/nodes/')) return false;
  return semanticEqual(withoutHeartbeats(object as Node), withoutHeartbeats(previous as Node));
}

function withoutHeartbeats(node: Node): unknown {
  const { managedFields: _, resourceVersion: _version, ...metadata } = node.metadata;
  const conditions = node.status?.conditions?.map(({ lastHeartbeatTime: _time, ...condition }) => condition);
  return { ...node, metadata, status: { ...node.status, conditions } };
}
