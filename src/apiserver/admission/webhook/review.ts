import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../../api/object.ts';
import { apiVersionOf, type GroupVersionKind } from '../../../api/object.ts';
import type { Status } from '../../../api/types/meta-v1.ts';
import type { Resource } from '../../resources.ts';
import { subresourceFacts } from '../../subresource-facts.ts';
import type { AdmissionAttributes } from '../plugin.ts';

/** What is sent: the request in the form of the resource that the webhook's rules matched. */
export interface Sent {
  resource: Resource;
  object: KubeObject | undefined;
  oldObject: KubeObject | undefined;
}

/** `admission.k8s.io` AdmissionReview with a request. */
export interface Review {
  kind: 'AdmissionReview';
  apiVersion: string;
  request: { uid: string; [field: string]: unknown };
}

export interface ReviewResponse {
  uid?: string;
  allowed?: boolean;
  status?: Partial<Status>;
  patch?: string;
  patchType?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

const versions = ['v1', 'v1beta1'];

/** The kind of a request's object: the resource's own, or what the subresource takes (Scale, Eviction, PodExecOptions…). */
const kindOf = ({ kind }: Resource, subresource: string): GroupVersionKind => {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  return subresource === '' ? own : (subresourceFacts(kind, subresource).kind ?? own);
};
const resourceOf = ({ kind }: Resource) => ({ group: kind.group, version: kind.version, resource: kind.plural });

/** The first version that the webhook takes and this server speaks decides; throws when there is none. */
export function reviewOf(attributes: AdmissionAttributes, sent: Sent, requested: Resource, accepted: readonly string[]): Review {
  const version = accepted.find((one) => versions.includes(one));
  if (version === undefined) throw new Error('webhook does not accept known AdmissionReview versions (v1, v1beta1)');
  const { subresource } = attributes;
  const typed = (object: KubeObject | undefined): unknown => {
    if (object === undefined) return null;
    const { apiVersion, kind, ...rest } = object;
    const own = kindOf(sent.resource, subresource);
    return { kind: kind ?? own.kind, apiVersion: apiVersion ?? apiVersionOf(own), ...rest };
  };
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid: randomUUID(),
      ...requestPart(attributes, sent, requested),
      object: typed(sent.object),
      oldObject: typed(sent.oldObject),
    },
  };
}

/** All of a request but its objects: also what expressions see as `request`. */
export function requestPart(attributes: AdmissionAttributes, sent: Sent, requested: Resource): Record<string, unknown> {
  const { subresource, name, namespace, operation, user, dryRun } = attributes;
  return {
    kind: kindOf(sent.resource, subresource),
    resource: resourceOf(sent.resource),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindOf(requested, subresource),
    requestResource: resourceOf(requested),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    dryRun,
    options: attributes.options?.() ?? null,
  };
}

/** The response part of an answer; throws where it is not one for `review` (upstream: request.VerifyAdmissionResponse). */
export function verified(review: Review, answer: unknown, mutating: boolean): ReviewResponse {
  const { apiVersion = '', kind = '', response } = (answer ?? {}) as { apiVersion?: string; kind?: string; response?: ReviewResponse };
  if (response === undefined || response === null) throw new Error('webhook response was absent');
  if (review.apiVersion.endsWith('/v1beta1')) return { patchType: 'JSONPatch', ...response };
  if (apiVersion !== review.apiVersion || kind !== review.kind) {
    throw new Error(
      `expected webhook response of ${review.apiVersion}, Kind=${review.kind}, got ${apiVersion === '' ? '/' : apiVersion}, Kind=${kind}`,
    );
  }
  if (response.uid !== review.request.uid) {
    throw new Error(`expected response.uid=${JSON.stringify(review.request.uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  }
  const patched = (response.patch ?? '') !== '';
  const typed = response.patchType !== undefined && response.patchType !== null;
  if (!mutating) {
    if (patched) throw new Error('validating webhook may not return response.patch');
    if (typed) throw new Error('validating webhook may not return response.patchType');
    return response;
  }
  if (patched && !typed) throw new Error('webhook returned response.patch but not response.patchType');
  if (!patched && typed) throw new Error('webhook returned response.patchType but not response.patch');
  if (patched && response.patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
  return response;
}
