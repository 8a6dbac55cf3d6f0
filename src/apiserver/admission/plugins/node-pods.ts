import { kinds } from '../../../api/scheme.ts';
import type { TokenRequest } from '../../../api/types/authentication-v1.ts';
import type { Pod, Volume } from '../../../api/types/core-v1.ts';
import type { OwnerReference } from '../../../api/types/meta-v1.ts';
import { type ReferenceType, referencedTypes } from '../../auth/node-graph.ts';
import { type AdmissionAttributes, type AdmissionContext, isMirrorPod } from '../plugin.ts';

const quoted = JSON.stringify;

/** What a mirror pod may not refer to, since the node that runs a pod may read what it refers to. */
const forbiddenReferences: [type: ReferenceType, text: string][] = [
  ['serviceaccount', 'a service account'],
  ['secret', 'secrets'],
  ['configmap', 'configmaps'],
  ['pvc', 'persistentvolumeclaims'],
];

/** What is wrong with a pod that a node makes: it makes mirrors of its static pods, its own, and no more. */
export async function mirrorPodProblem(pod: Pod, context: AdmissionContext, node: string): Promise<string | undefined> {
  if (!isMirrorPod(pod)) {
    return `pod does not have "kubernetes.io/config.mirror" annotation, node ${quoted(node)} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node) return `node ${quoted(node)} can only create pods with spec.nodeName set to itself`;
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) return `node ${quoted(node)} can only create pods with a single owner reference set to itself`;
  const owned = await ownerProblem(owner, context, node);
  if (owned !== undefined) return owned;
  const types = referencedTypes(pod);
  const reference = forbiddenReferences.find(([type]) => types.has(type));
  if (reference !== undefined) return `node ${quoted(node)} can not create pods that reference ${reference[1]}`;
  if ((pod.spec?.resourceClaims ?? []).length > 0) return `node ${quoted(node)} can not create pods that reference resourceclaims`;
  return undefined;
}

async function ownerProblem(owner: OwnerReference | undefined, context: AdmissionContext, node: string): Promise<string | undefined> {
  if (owner?.apiVersion !== 'v1' || owner.kind !== kinds.Node.kind || owner.name !== node) {
    return `node ${quoted(node)} can only create pods with an owner reference set to itself`;
  }
  if (owner.controller !== true) return `node ${quoted(node)} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `node ${quoted(node)} must not set blockOwnerDeletion on an owner reference`;
  const uid = (await context.get(kinds.Node, node))?.metadata.uid;
  return owner.uid === uid ? undefined : `node ${quoted(node)} UID mismatch: expected ${owner.uid} got ${uid ?? ''}`;
}

/** What is wrong with a token that a node asks for: it is for a pod of its own, and for an audience that this pod names. */
export async function nodeTokenProblem(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  node: string,
): Promise<string | undefined> {
  const { object, namespace, operation } = attributes;
  if (operation !== 'CREATE') return undefined;
  const { boundObjectRef: ref, audiences = [] } = (object as TokenRequest).spec ?? {};
  if (ref?.kind !== 'Pod' || ref.name === undefined) return 'node requested token not bound to a pod';
  if (ref.uid === undefined || ref.uid === '') return 'node requested token with a pod binding without a uid';
  const pod = await context.get(kinds.Pod, ref.name, namespace);
  if (pod === undefined) return `pod ${quoted(ref.name)} not found`;
  if (pod.metadata.uid !== ref.uid)
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (pod.spec?.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  const [audience = ''] = audiences;
  const known = audience === '' || (await audiencesOf(pod, context)).has(audience) || (await mayAskFor(audience, attributes, context));
  return known ? undefined : `audience ${quoted(audience)} not found in pod spec volume`;
}

/** The audiences of the tokens that a pod's volumes hold or that their drivers are given (KEP-4412). */
async function audiencesOf(pod: Pod, context: AdmissionContext): Promise<Set<string>> {
  const found = new Set<string>();
  for (const volume of pod.spec?.volumes ?? []) {
    for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
      if (serviceAccountToken?.audience !== undefined) found.add(serviceAccountToken.audience);
    }
    const driver = await driverOf(volume, pod, context);
    const requests = driver === undefined ? [] : ((await context.get(kinds.CSIDriver, driver))?.spec.tokenRequests ?? []);
    for (const { audience } of requests) found.add(audience);
  }
  return found;
}

async function driverOf(volume: Volume, { metadata }: Pod, context: AdmissionContext): Promise<string | undefined> {
  if (volume.csi !== undefined) return volume.csi.driver;
  const claimName =
    volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral === undefined ? undefined : `${metadata.name}-${volume.name}`);
  if (claimName === undefined) return undefined;
  const claim = await context.get(kinds.PersistentVolumeClaim, claimName, metadata.namespace);
  const volumeName = claim?.spec?.volumeName ?? '';
  return volumeName === '' ? undefined : (await context.get(kinds.PersistentVolume, volumeName))?.spec?.csi?.driver;
}

/** Nodes may be given further audiences by rules: the audience stands where the resource does. */
async function mayAskFor(audience: string, { user, namespace, name }: AdmissionAttributes, context: AdmissionContext): Promise<boolean> {
  const verb = 'request-serviceaccounts-token-audience';
  const asked = { user, verb, group: '', version: 'v1', resource: audience, subresource: '', namespace, name };
  return (await context.authorizer.authorize(asked)).allowed;
}
