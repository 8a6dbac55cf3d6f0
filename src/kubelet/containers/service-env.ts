import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { Informer } from '../../client/informer.ts';

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** The variables of one Service: the `_SERVICE_` ones and Docker's link variables (pkg/kubelet/envvars). */
export function variablesOf({ metadata, spec }: Service): [name: string, value: string][] {
  const ip = spec?.clusterIP ?? '';
  const ports = spec?.ports ?? [];
  const [first] = ports;
  if (ip === '' || ip === 'None' || first === undefined) return [];
  const prefix = upper(metadata.name ?? '');
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const variables: [string, string][] = [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports) {
    if (port.name !== undefined && port.name !== '') variables.push([`${prefix}_SERVICE_PORT_${upper(port.name)}`, String(port.port)]);
  }
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    const link = `${prefix}_PORT_${port.port}_${protocol}`;
    if (port === first) variables.push([`${prefix}_PORT`, url]);
    variables.push([link, url], [`${link}_PROTO`, protocol.toLowerCase()], [`${link}_PORT`, String(port.port)], [`${link}_ADDR`, ip]);
  }
  return variables;
}

/** The API server's own Service for every pod, and those of the pod's namespace unless it declines service links. */
export function serviceVariables(services: Informer<Service> | undefined, pod: Pod): Map<string, string> {
  const result = new Map<string, string>();
  if (services === undefined) return result;
  const api = services.get('default/kubernetes');
  const own = pod.spec?.enableServiceLinks === false ? [] : services.list(pod.metadata.namespace);
  // A Service of the pod's namespace called kubernetes wins over the API server's.
  for (const service of [...(api === undefined ? [] : [api]), ...own]) {
    for (const [name, value] of variablesOf(service)) result.set(name, value);
  }
  return result;
}
