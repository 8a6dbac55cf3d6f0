import { hostPortsClash } from '../../api/host-ports.ts';
import { compileRequiredNodeAffinity } from '../../api/node-affinity.ts';
import { podRequests } from '../../api/pod-requests.ts';
import { addQuantity, compareQuantity, milliValue, parseQuantity, type Quantity, quantityToNumber } from '../../api/quantity.ts';
import { untoleratedTaint } from '../../api/toleration.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import type { ResizeRefusal } from './resize.ts';
import { forbiddenSysctl } from './sysctls.ts';

/** Why a node will not run a pod that was bound to it. */
export interface Rejection {
  reason: string;
  message: string;
}

/** Resources that a node is asked for; others (extended ones that the node does not have) are the scheduler's business alone. */
const always = ['cpu', 'memory', 'ephemeral-storage'];

const amount = (resource: string, quantity: Quantity | undefined): number =>
  resource === 'cpu' ? milliValue(quantity) : quantityToNumber(quantity);

/**
 * The kubelet's own look at a pod before it runs it: sysctls, then resources, node affinity, host ports, NoExecute taints and the
 * operating system (sysctl's and lifecycle's admit handlers). Pure; undefined admits.
 */
export function rejectionOf(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
  node: Node | undefined,
): Rejection | undefined {
  const full = (resource: string, requested: number, used: number, capacity: number): Rejection => ({
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  const sysctl = forbiddenSysctl(pod);
  if (sysctl !== undefined) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${sysctl}` };
  const most = quantityToNumber(allocatable['pods'] ?? '110');
  if (others.length + 1 > most) return full('pods', 1, others.length, most);

  const lacking = lackingResource(pod, others, allocatable, full);
  if (lacking !== undefined) return lacking;
  if (hostPortsClash(pod, others)) {
    return { reason: 'NodePorts', message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" };
  }
  const os = pod.spec?.os?.name;
  const foreign: Rejection | undefined =
    os === undefined || os === 'linux'
      ? undefined
      : { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  if (node === undefined) return foreign;
  const fits = compileRequiredNodeAffinity(pod.spec);
  if (fits !== undefined && !fits(node))
    return { reason: 'NodeAffinity', message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
  const taint = untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoExecute']);
  if (taint !== undefined)
    return {
      reason: 'TaintToleration',
      message: `Predicate TaintToleration failed: node(s) had taint {${taint.key}: ${taint.value ?? ''}}, that the pod didn't tolerate`,
    };
  return foreign;
}

/** Whether the node can give a running pod what it wants now: never, when that is more than all of the node has. */
export function resizeRefusalOf(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): ResizeRefusal | undefined {
  // What the pod has already counts for nothing here.
  const { status: _, ...wanted } = pod;
  const requests = podRequests(wanted);
  for (const resource of ['memory', 'cpu']) {
    const requested = amount(resource, requests[resource]);
    const capacity = amount(resource, parseQuantity(allocatable[resource]));
    if (requested > capacity) {
      const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${capacity}`;
      return { reason: 'Infeasible', message };
    }
  }
  const rejection = rejectionOf(wanted, others, allocatable, undefined);
  return rejection === undefined ? undefined : { reason: 'Deferred', message: rejection.message };
}

type Full = (resource: string, requested: number, used: number, capacity: number) => Rejection;

/** The first resource that is not left on the node in the amount that the pod asks for. */
function lackingResource(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
  full: Full,
): Rejection | undefined {
  const wanted = podRequests(pod);
  const used: Record<string, Quantity> = {};
  for (const other of others) {
    for (const [resource, quantity] of Object.entries(podRequests(other))) used[resource] = addQuantity(used[resource], quantity);
  }
  for (const resource of [...always, ...Object.keys(allocatable).filter((name) => !always.includes(name) && name !== 'pods')]) {
    const quantity = wanted[resource];
    if (quantity === undefined || amount(resource, quantity) === 0) continue;
    if (compareQuantity(addQuantity(used[resource], quantity), allocatable[resource]) > 0) {
      return full(
        resource,
        amount(resource, quantity),
        amount(resource, used[resource]),
        amount(resource, parseQuantity(allocatable[resource])),
      );
    }
  }
  return undefined;
}
