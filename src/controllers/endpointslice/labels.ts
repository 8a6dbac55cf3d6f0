import type { Service } from '../../api/types/core-v1.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const headlessLabel = 'service.kubernetes.io/headless';
export const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror';
export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
export const sliceController = 'endpointslice-controller.k8s.io';
export const mirroringController = 'endpointslicemirroring-controller.k8s.io';

export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === 'None';
export const hasSelector = (service: Service): boolean => service.spec?.selector !== undefined && service.spec.type !== 'ExternalName';

const reserved = new Set([serviceNameLabel, managedByLabel, headlessLabel]);
const ownLabels = (labels: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !reserved.has(key)));

/** The labels of a service's slices: the service's own plus the reserved ones. */
export const sliceLabels = (service: Service): Record<string, string> => ({
  ...ownLabels(service.metadata.labels),
  ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
  [serviceNameLabel]: service.metadata.name ?? '',
  [managedByLabel]: sliceController,
});

/** The labels of slices that mirror Endpoints. */
export const mirrorLabels = (labels: Record<string, string> | undefined, service: string): Record<string, string> => ({
  ...ownLabels(labels),
  [serviceNameLabel]: service,
  [managedByLabel]: mirroringController,
});
