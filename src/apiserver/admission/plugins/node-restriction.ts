import { semanticEqual } from '../../../api/deep-equal.ts';
import type { KubeObject } from '../../../api/object.ts';
import { kinds } from '../../../api/scheme.ts';
import type { Node, Pod } from '../../../api/types/core-v1.ts';
import { nodeNameOf } from '../../auth/user.ts';
import { type AdmissionAttributes, type AdmissionContext, type AdmissionPlugin, admissionForbidden, isFor } from '../plugin.ts';
import { mirrorPodProblem, nodeTokenProblem } from './node-pods.ts';

/** Keeps each kubelet to its own Node, lease and pods: what the node authorizer cannot tell from a path alone. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  async validate(attributes, context) {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return;
    const refusal = await problem(attributes, context, node);
    if (refusal !== undefined) throw admissionForbidden(attributes, refusal);
  },
};

async function problem(attributes: AdmissionAttributes, context: AdmissionContext, node: string): Promise<string | undefined> {
  const { kind, subresource, operation } = attributes;
  const name = attributes.name || (attributes.object?.metadata.name ?? '');
  switch (`${kind.group}/${kind.plural}`) {
    case '/pods':
      if (subresource === '') return podProblem(attributes, context, node);
      if (subresource === 'status') return podStatusProblem(attributes, node);
      if (subresource === 'eviction') return evictionProblem(attributes, context, node);
      return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
    case '/nodes':
      return nodeProblem(attributes, node, name);
    case '/serviceaccounts':
      return subresource === 'token' ? nodeTokenProblem(attributes, context, node) : undefined;
    case 'coordination.k8s.io/leases':
      return name === node ? undefined : 'can only access node lease with the same name as the requesting node';
    case 'storage.k8s.io/csinodes':
      return operation === 'DELETE' || name === node ? undefined : 'can only access CSINode with the same name as the requesting node';
    default:
      return undefined;
  }
}

const quoted = JSON.stringify;

async function podProblem(
  { operation, object, oldObject }: AdmissionAttributes,
  context: AdmissionContext,
  node: string,
): Promise<string | undefined> {
  if (operation === 'DELETE') {
    const pod = oldObject as Pod | undefined;
    return pod?.spec?.nodeName === node ? undefined : `node ${quoted(node)} can only delete pods with spec.nodeName set to itself`;
  }
  if (operation !== 'CREATE')
    return `unexpected operation ${quoted(operation)}, node ${quoted(node)} can only create and delete mirror pods`;
  return mirrorPodProblem(object as Pod, context, node);
}

function podStatusProblem({ operation, object, oldObject }: AdmissionAttributes, node: string): string | undefined {
  if (operation !== 'UPDATE') return `unexpected operation ${quoted(operation)}`;
  const old = oldObject as Pod;
  if (old.spec?.nodeName !== node) return `node ${quoted(node)} can only update pod status for pods with spec.nodeName set to itself`;
  if (!semanticEqual(object?.metadata.labels, old.metadata.labels)) return `node ${quoted(node)} cannot update labels through pod status`;
  return undefined;
}

async function evictionProblem(
  { operation, namespace, name }: AdmissionAttributes,
  context: AdmissionContext,
  node: string,
): Promise<string | undefined> {
  if (operation !== 'CREATE') return `unexpected operation ${quoted(operation)}`;
  const pod = await context.get(kinds.Pod, name, namespace);
  return pod === undefined || pod.spec?.nodeName === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
}

function nodeProblem(attributes: AdmissionAttributes, node: string, name: string): string | undefined {
  const { operation, object, oldObject, subresource } = attributes;
  if (name !== node) return `node ${quoted(node)} is not allowed to modify node ${quoted(name)}`;
  if (operation === 'CREATE') {
    const forbidden = Object.keys(object?.metadata.labels ?? {}).filter((label) => !nodeMaySet(label));
    if (forbidden.length > 0) return `node ${quoted(node)} is not allowed to set the following labels: ${forbidden.sort().join(', ')}`;
    return ownersProblem(object, undefined, node);
  }
  if (operation !== 'UPDATE' || !isFor(attributes, kinds.Node, subresource)) return undefined;
  if (!semanticEqual((object as Node).spec?.taints, (oldObject as Node).spec?.taints))
    return `node ${quoted(node)} is not allowed to modify taints`;
  const changed = changedLabels(object?.metadata.labels, oldObject?.metadata.labels).filter((label) => !nodeMaySet(label));
  if (changed.length > 0) return `is not allowed to modify labels: ${changed.sort().join(', ')}`;
  return ownersProblem(object, oldObject, node);
}

const ownersProblem = (object: KubeObject | undefined, old: KubeObject | undefined, node: string): string | undefined =>
  semanticEqual(object?.metadata.ownerReferences, old?.metadata.ownerReferences)
    ? undefined
    : `node ${quoted(node)} is not allowed to modify ownerReferences`;

const changedLabels = (now: Record<string, string> = {}, before: Record<string, string> = {}): string[] =>
  [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((label) => now[label] !== before[label]);

const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);
const within = (domain: string, parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);

/** A kubelet sets labels outside Kubernetes' own domains freely, and inside them the known ones alone. */
function nodeMaySet(label: string): boolean {
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (!within(domain, 'kubernetes.io') && !within(domain, 'k8s.io')) return true;
  if (kubeletLabels.has(label)) return true;
  return within(domain, 'kubelet.kubernetes.io') || within(domain, 'node.kubernetes.io');
}
