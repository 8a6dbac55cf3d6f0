import { kinds } from '../scheme.ts';
import type { Endpoints, Service } from '../types/core-v1.ts';
import type { EndpointSlice } from '../types/discovery-v1.ts';
import type { Ingress, IngressClass } from '../types/networking-v1.ts';
import { firstOf, hostPort, labelsText, orNone, selectorText } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, wide } from './table.ts';

const addressesOf = (ingress: readonly { ip?: string; hostname?: string }[] | undefined): string[] =>
  [...new Set((ingress ?? []).map(({ ip = '', hostname = '' }) => ip || hostname).filter((address) => address !== ''))].sort();

function externalIP({ spec, status }: Service): string {
  const own = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(own.join(','));
    case 'LoadBalancer': {
      const all = [...addressesOf(status?.loadBalancer?.ingress), ...own];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

const servicePorts = ({ spec }: Service): string =>
  orNone(
    (spec?.ports ?? [])
      .map(({ port, nodePort = 0, protocol = '' }) => (nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`))
      .join(','),
  );

function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return '<none>';
  const list = subsets.flatMap(({ ports = [], addresses = [] }) =>
    ports.length === 0 ? addresses.map(({ ip }) => ip) : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port))),
  );
  return firstOf(list);
}

const slicePorts = ({ ports }: EndpointSlice): string =>
  firstOf((ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : `${port}`))) || '<unset>';
const sliceEndpoints = ({ endpoints }: EndpointSlice): string =>
  firstOf((endpoints ?? []).flatMap(({ addresses }) => addresses)) || '<unset>';

function hosts({ spec }: Ingress): string {
  const named = (spec?.rules ?? []).map(({ host = '' }) => host).filter((host) => host !== '');
  return named.length === 0 ? '*' : firstOf(named);
}

function parametersText({ spec }: IngressClass): string {
  const parameters = spec?.parameters;
  if (parameters === undefined) return '<none>';
  const group = parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
  return `${parameters.kind}${group}/${parameters.name}`;
}

export const serviceColumns = [
  columnsOf(
    kinds.Service,
    [
      nameColumn,
      column('Type', doc('core.v1.ServiceSpec', 'type')),
      column('Cluster-IP', doc('core.v1.ServiceSpec', 'clusterIP')),
      column('External-IP', doc('core.v1.ServiceSpec', 'externalIPs')),
      column('Port(s)', doc('core.v1.ServiceSpec', 'ports')),
      ageColumn,
      wide('Selector', doc('core.v1.ServiceSpec', 'selector')),
    ],
    (service, now) => [
      service.metadata.name ?? '',
      service.spec?.type ?? '',
      orNone(service.spec?.clusterIP),
      externalIP(service),
      servicePorts(service),
      age(service, now),
      labelsText(service.spec?.selector),
    ],
  ),
  columnsOf(kinds.Endpoints, [nameColumn, column('Endpoints', doc('core.v1.Endpoints', 'subsets')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    endpointsText(object),
    age(object, now),
  ]),
  columnsOf(
    kinds.EndpointSlice,
    [
      nameColumn,
      column('AddressType', doc('discovery.v1.EndpointSlice', 'addressType')),
      column('Ports', doc('discovery.v1.EndpointSlice', 'ports')),
      column('Endpoints', doc('discovery.v1.EndpointSlice', 'endpoints')),
      ageColumn,
    ],
    (slice, now) => [slice.metadata.name ?? '', slice.addressType, slicePorts(slice), sliceEndpoints(slice), age(slice, now)],
  ),
  columnsOf(
    kinds.Ingress,
    [
      nameColumn,
      column('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
      column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
      column('Address', 'Address is a list containing ingress points for the load-balancer'),
      column('Ports', 'Ports of TLS configurations that open'),
      ageColumn,
    ],
    (ingress, now) => [
      ingress.metadata.name ?? '',
      ingress.spec?.ingressClassName ?? '<none>',
      hosts(ingress),
      addressesOf(ingress.status?.loadBalancer?.ingress).join(','),
      (ingress.spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80',
      age(ingress, now),
    ],
  ),
  columnsOf(
    kinds.IngressClass,
    [
      nameColumn,
      column('Controller', 'Controller that is responsible for handling this class'),
      column('Parameters', 'A reference to a resource with additional parameters'),
      ageColumn,
    ],
    (object, now) => [object.metadata.name ?? '', object.spec?.controller ?? '', parametersText(object), age(object, now)],
  ),
  columnsOf(
    kinds.NetworkPolicy,
    [nameColumn, column('Pod-Selector', doc('networking.v1.NetworkPolicySpec', 'podSelector')), ageColumn],
    (object, now) => [object.metadata.name ?? '', selectorText(object.spec?.podSelector ?? {}), age(object, now)],
  ),
  columnsOf(kinds.ServiceCIDR, [nameColumn, column('CIDRs', doc('networking.v1.ServiceCIDRSpec', 'cidrs')), ageColumn], (object, now) => [
    object.metadata.name ?? '',
    (object.spec?.cidrs ?? []).join(','),
    age(object, now),
  ]),
  columnsOf(kinds.IPAddress, [nameColumn, column('ParentRef', doc('networking.v1.IPAddressSpec', 'parentRef'))], ({ metadata, spec }) => {
    const { group = '', resource = '', namespace = '', name = '' } = spec?.parentRef ?? {};
    const parent = [`${resource}${group === '' ? '' : `.${group}`}`, namespace, name].filter((part) => part !== '').join('/');
    return [metadata.name ?? '', orNone(parent)];
  }),
];
