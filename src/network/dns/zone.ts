import { kinds } from '../../api/scheme.ts';
import type { InformerFactory } from '../../client/informer.ts';
import { sliceServiceKey } from '../services/model.ts';
import type { ZoneView } from './records.ts';

/** The zone's view over informers; call before they start, since it declares indexes. */
export function informerZone(informers: InformerFactory, domain: string): { view: ZoneView; synced(): Promise<void> } {
  const services = informers.informer(kinds.Service);
  const slices = informers.informer(kinds.EndpointSlice);
  const namespaces = informers.informer(kinds.Namespace);
  services.addIndex('ip', (service) => service.spec?.clusterIPs ?? []);
  slices.addIndex('service', (slice) => [sliceServiceKey(slice)]);
  slices.addIndex('ip', (slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses));
  return {
    view: {
      domain,
      service: (namespace, name) => services.get(`${namespace}/${name}`),
      slices: (namespace, service) => slices.byIndex('service', `${namespace}/${service}`),
      hasNamespace: (name) => namespaces.get(name) !== undefined,
      serviceByIP: (ip) => services.byIndex('ip', ip).find((service) => service.spec?.clusterIP !== 'None'),
      endpointsByIP: (ip) =>
        slices.byIndex('ip', ip).flatMap((slice) => {
          const [namespace = '', service = ''] = sliceServiceKey(slice).split('/');
          if (services.get(`${namespace}/${service}`)?.spec?.clusterIP !== 'None') return [];
          return (slice.endpoints ?? [])
            .filter((endpoint) => endpoint.addresses.includes(ip))
            .map((endpoint) => ({ service, namespace, hostname: endpoint.hostname }));
        }),
    },
    async synced() {
      await Promise.all([services.synced(), slices.synced(), namespaces.synced()]);
    },
  };
}
