import type { Pod, Service } from '../api/types/core-v1.ts';

/** Why a pod does not count as ready, in the words that `kubectl get pods` would use. */
function podReason(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    const waiting = status.state?.waiting;
    if (waiting?.reason !== undefined) return waiting.message === undefined ? waiting.reason : `${waiting.reason}: ${waiting.message}`;
    const terminated = status.state?.terminated;
    if (terminated !== undefined) return `${terminated.reason ?? 'Terminated'} (exit code ${terminated.exitCode})`;
  }
  const unmet = pod.status?.conditions?.find((one) => one.status === 'False' && (one.type === 'PodScheduled' || one.type === 'Ready'));
  if (unmet?.type === 'PodScheduled') return `Pending: ${unmet.message ?? unmet.reason ?? 'not scheduled'}`;
  if (unmet?.message !== undefined) return `${pod.status?.phase ?? 'Pending'}: ${unmet.message}`;
  return pod.status?.phase ?? 'Pending';
}

const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false);

/** Sentences that say why nothing answers for a service, most likely cause first. */
export function whyEmpty(service: Service, pods: readonly Pod[]): string[] {
  if (service.spec?.type === 'ExternalName')
    return [`The Service is of type ExternalName and points at ${service.spec.externalName}: ask there.`];
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return ['The Service has no selector, and nobody has made EndpointSlices for it.'];
  const text = selector.map(([key, value]) => `${key}=${value}`).join(',');
  const selected = pods.filter((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value));
  if (selected.length === 0) return [`No pod in namespace ${service.metadata.namespace} has the labels that the Service selects: ${text}.`];
  const ready = selected.filter(isReady);
  if (ready.length > 0) {
    const targets = (service.spec?.ports ?? []).map((port) => String(port.targetPort ?? port.port)).join(', ');
    return [`${ready.length} of the selected pods (${text}) are ready, but none of them offers the target port ${targets}.`];
  }
  return [
    `None of the ${selected.length} selected pods (${text}) is ready:`,
    ...selected.slice(0, 20).map((pod) => `${pod.metadata.name} is ${podReason(pod)}`),
  ];
}
