import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { Clock } from '../../util/clock.ts';
import type { Authorizer } from '../auth/attributes.ts';
import type { Rbac } from '../auth/rbac.ts';
import type { Reads } from '../auth/reads.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Reinvocation } from './reinvocation.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** One request on its way into the store (`k8s.io/apiserver/pkg/admission.Attributes`). */
export interface AdmissionAttributes {
  operation: Operation;
  kind: Kind;
  /** Empty for the resource itself; `status`, `eviction`, `exec`… otherwise. */
  subresource: string;
  /** Empty for cluster-scoped kinds. */
  namespace: string;
  /** Empty for a create with `generateName`, and for deletes of a collection. */
  name: string;
  /** A private copy that mutating plugins change in place. Absent for DELETE. For CONNECT, the options object. */
  object: KubeObject | undefined;
  /** The stored state for UPDATE and DELETE; shared, must not be changed. */
  oldObject: KubeObject | undefined;
  user: UserInfo;
  dryRun: boolean;
  /** Adds a `Warning` header to the answer. */
  warn?(text: string): void;
  /** The request's CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. Absent for CONNECT. */
  options?(): object;
  /** Aborted when the caller goes away. */
  signal?(): AbortSignal;
  /** Kept by plugins whose parts may run twice. */
  reinvocation?: Reinvocation;
}

export interface AdmissionContext extends Reads {
  clock: Clock;
  authorizer: Authorizer;
  rbac: Rbac;
  random: () => number;
  defaultTolerationSeconds: number;
  /** Writes the status of an object whose `resourceVersion` is still current; false when it is not. ResourceQuota charges with it. */
  updateStatus<T extends KubeObject>(kind: Kind<T>, object: T): Promise<boolean>;
}

/**
 * One rule of admission, under upstream's plugin name. `mutate` runs first, for all plugins in order, and may change
 * `attributes.object`; `validate` runs after defaulting and validation and may only refuse. A refusal is a thrown `ApiError`.
 */
export interface AdmissionPlugin {
  readonly name: string;
  mutate?(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> | void;
  validate?(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> | void;
}

/** The 403 that a plugin answers: `pods "web" is forbidden: <text>`. */
export function admissionForbidden(attributes: AdmissionAttributes, text: string): ApiError {
  const { group, plural } = attributes.kind;
  const name = nameOf(attributes);
  const qualified = group === '' ? plural : `${plural}.${group}`;
  return new ApiError('Forbidden', `${qualified} ${JSON.stringify(name)} is forbidden: ${text}`, {
    name,
    ...(group === '' ? {} : { group }),
    kind: plural,
  });
}

/** The 404 for something that a plugin looked up and the request cannot do without. */
export const lookupNotFound = (kind: Kind, name: string): ApiError =>
  new ApiError('NotFound', `${kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`} ${JSON.stringify(name)} not found`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
  });

/** The object's name, or its `generateName` while it has none (upstream: `admission.NewForbidden`). */
export const nameOf = (attributes: AdmissionAttributes): string => {
  if (attributes.name !== '') return attributes.name;
  const metadata = attributes.object?.metadata;
  return metadata?.name || metadata?.generateName || 'Unknown';
};

/** The pod being created; undefined for any other request. */
export const createdPod = (attributes: AdmissionAttributes): Pod | undefined =>
  attributes.operation === 'CREATE' && isFor(attributes, kinds.Pod) ? (attributes.object as Pod | undefined) : undefined;

/** Several complaints in one text, as `k8s.io/apimachinery`'s aggregate prints them. */
export const aggregate = (texts: readonly string[]): string => {
  const distinct = [...new Set(texts)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
};

/** Mirror pods are the kubelet's own and are left as they are. */
export const isMirrorPod = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;

/** Whether the request is for `kind` itself (or the named subresource). */
export const isFor = (attributes: AdmissionAttributes, kind: Kind, subresource = ''): boolean =>
  attributes.kind.group === kind.group && attributes.kind.plural === kind.plural && attributes.subresource === subresource;
