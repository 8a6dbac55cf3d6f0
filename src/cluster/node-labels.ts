import type { NodeRole } from './provider.ts';

/** Labels of Kubernetes' own that a kubelet may give to its Node (kubelet's `--node-labels`, NodeRestriction). */
const allowed = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const ownDomain = (domain: string): boolean => /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
const allowedDomain = (domain: string): boolean => /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain);

export function kubeletMaySet(label: string): boolean {
  const [domain] = label.includes('/') ? label.split('/', 1) : [''];
  return allowed.has(label) || !ownDomain(domain ?? '') || allowedDomain(domain ?? '');
}

export interface NodeLabels {
  /** Set by the kubelet when it registers. */
  own: Record<string, string>;
  /** Refused from a kubelet; set by the administrator, as kubeadm sets a node's role. */
  administrative: Record<string, string>;
}

/** All labels of a node, by who has to set them. */
export function splitLabels(node: { role: NodeRole; labels: Record<string, string> }): NodeLabels {
  const all = { ...(node.role === 'control-plane' ? { 'node-role.kubernetes.io/control-plane': '' } : {}), ...node.labels };
  const entries = Object.entries(all);
  return {
    own: Object.fromEntries(entries.filter(([name]) => kubeletMaySet(name))),
    administrative: Object.fromEntries(entries.filter(([name]) => !kubeletMaySet(name))),
  };
}
