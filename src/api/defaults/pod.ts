import { addQuantity, formatQuantity } from '../quantity.ts';
import type { Container, Pod, PodSpec, PodTemplateSpec } from '../types/core-v1.ts';
import { defaultContainer, defaultVolume } from './container.ts';

/** Defaults shared by pods and pod templates (SetDefaults_PodSpec and the defaulters of its fields). */
export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  spec.securityContext ??= {};
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  spec.containers?.forEach(defaultContainer);
  spec.initContainers?.forEach(defaultContainer);
  spec.ephemeralContainers?.forEach(defaultContainer);
  spec.volumes?.forEach(defaultVolume);
}

/** Makes sure that the template's metadata and spec exist and fills the spec. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

/** What only real pods get, and templates do not (SetDefaults_Pod). */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  pod.status ??= {};
  const { podIP, podIPs = [] } = pod.status;
  // As of a node's ranges: the field of its own is what old clients know, and there its word counts.
  if (podIP && podIP !== podIPs[0]?.ip) pod.status.podIPs = [{ ip: podIP }];
  if (!podIP && podIPs[0]?.ip) pod.status.podIP = podIPs[0].ip;
  defaultPodSpec(pod.spec);
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  for (const container of containers) requestsFromLimits(container);
  podRequests(pod.spec);
  pod.spec.enableServiceLinks ??= true;
  if (pod.spec.hostNetwork === true) {
    for (const port of containers.flatMap((container) => container.ports ?? [])) port.hostPort ||= port.containerPort;
  }
}

function requestsFromLimits({ resources }: Container): void {
  if (resources?.limits === undefined) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

/** Pod-level requests come from the containers' sum, or from the pod-level limit where no container asks for the resource. */
function podRequests(spec: PodSpec): void {
  if (spec.resources?.limits === undefined && spec.resources?.requests === undefined) return;
  const sums: Record<string, string> = {};
  for (const container of spec.containers ?? []) {
    for (const [name, quantity] of Object.entries(container.resources?.requests ?? {})) {
      if (name !== 'cpu' && name !== 'memory') continue;
      sums[name] = formatQuantity(addQuantity(sums[name], quantity));
    }
  }
  spec.resources.requests = { ...spec.resources.limits, ...sums, ...spec.resources.requests };
}
