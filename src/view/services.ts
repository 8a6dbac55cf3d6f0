import type { Event, Service, ServicePort } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import type { EndpointPicture, EventPicture, ServicePicture } from './picture.ts';
import { time } from './time.ts';

const portText = ({ name, port, protocol = 'TCP' }: ServicePort): string =>
  `${name === undefined ? '' : `${name} `}${port}${protocol === 'TCP' ? '' : `/${protocol}`}`;

/** `slices` are those of the service; an endpoint that several of them name is told once. */
export function servicePicture({ metadata, spec }: Service, slices: readonly EndpointSlice[]): ServicePicture {
  const endpoints = new Map<string, EndpointPicture>();
  for (const { endpoints: listed } of slices) {
    for (const { addresses, conditions, targetRef, nodeName } of listed ?? []) {
      const ip = addresses[0] ?? '';
      const pod = targetRef?.kind === 'Pod' ? targetRef.name : undefined;
      endpoints.set(ip, {
        ip,
        ready: conditions?.ready !== false,
        ...(pod === undefined ? {} : { pod }),
        ...(nodeName === undefined ? {} : { node: nodeName }),
      });
    }
  }
  const ports = spec?.ports ?? [];
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    type: spec?.type ?? 'ClusterIP',
    ...(spec?.clusterIP === undefined ? {} : { clusterIP: spec.clusterIP }),
    ports: ports.map(portText),
    web: spec?.type !== 'ExternalName' && ports.some(({ protocol = 'TCP' }) => protocol === 'TCP'),
    endpoints: [...endpoints.values()].sort((a, b) => (a.pod ?? a.ip).localeCompare(b.pod ?? b.ip)),
  };
}

/** Core and `events.k8s.io` events are one object; which times are set depends on who wrote it. */
export function eventPicture(event: Event): EventPicture {
  const { metadata, involvedObject, series } = event;
  const at = Math.max(
    ...[series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp, metadata.creationTimestamp].map(time),
  );
  const namespace = involvedObject.namespace;
  return {
    uid: metadata.uid ?? '',
    at,
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    regarding: { kind: involvedObject.kind ?? '', name: involvedObject.name ?? '', ...(namespace === undefined ? {} : { namespace }) },
    count: series?.count ?? event.count ?? 1,
  };
}
