import type { Answer } from 'dns-packet';
import type { Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';

/** What the cluster's zone is answered from. */
export interface ZoneView {
  /** Such as `cluster.local`. */
  domain: string;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  hasNamespace(name: string): boolean;
  /** For reverse lookups. */
  serviceByIP(ip: string): Service | undefined;
  endpointsByIP(ip: string): { service: string; namespace: string; hostname: string | undefined }[];
}

/** CoreDNS' default in a Kubernetes cluster: 30 seconds for everything. */
export const TTL = 30;

export type Lookup =
  | { kind: 'answers'; answers: Answer[]; additionals?: Answer[] }
  /** The name exists, without records of the type asked for. */
  | { kind: 'empty' }
  | { kind: 'nxdomain' }
  /** Not of the cluster's zone: ask upstream. */
  | { kind: 'foreign' };

const dashed = (ip: string): string => ip.replaceAll('.', '-');
const a = (name: string, ip: string): Answer => ({ type: 'A', name, ttl: TTL, data: ip });

interface Target {
  hostname: string;
  ip: string;
  ports: { name: string; protocol: string; port: number }[];
}

function targetsOf(view: ZoneView, service: Service): Target[] {
  const all = service.spec?.publishNotReadyAddresses === true;
  return view.slices(service.metadata.namespace ?? '', service.metadata.name ?? '').flatMap((slice) =>
    slice.addressType !== 'IPv4'
      ? []
      : (slice.endpoints ?? [])
          .filter((endpoint) => all || endpoint.conditions?.ready !== false)
          .flatMap((endpoint) =>
            endpoint.addresses.map((ip) => ({
              hostname: endpoint.hostname ?? dashed(ip),
              ip,
              ports: (slice.ports ?? []).map((port) => ({
                name: port.name ?? '',
                protocol: (port.protocol ?? 'TCP').toLowerCase(),
                port: port.port ?? 0,
              })),
            })),
          ),
  );
}

/**
 * Answers a question from the cluster's Services and EndpointSlices, after the Kubernetes DNS specification (version
 * 1.1.0): services, headless services and their hosts, named ports (SRV), ExternalName, pods by address, reverse lookups.
 */
export function lookup(view: ZoneView, question: { name: string; type: string }): Lookup {
  const name = question.name.toLowerCase().replace(/\.$/, '');
  const reverse = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name);
  if (reverse !== null) return reverseLookup(view, question.name, [reverse[4], reverse[3], reverse[2], reverse[1]].join('.'));
  if (name !== view.domain && !name.endsWith(`.${view.domain}`)) return { kind: 'foreign' };
  const labels = name === view.domain ? [] : name.slice(0, -view.domain.length - 1).split('.');
  if (labels.length === 0) return { kind: 'empty' };
  if (labels.length === 1 && labels[0] === 'dns-version') {
    return typed(question, [{ type: 'TXT', name: question.name, ttl: TTL, data: '1.1.0' }]);
  }
  const kind = labels.pop();
  if (kind === 'pod') return podLookup(view, question, labels);
  if (kind !== 'svc') return { kind: 'nxdomain' };
  const namespace = labels.pop();
  if (namespace === undefined) return { kind: 'empty' };
  const serviceName = labels.pop();
  if (serviceName === undefined) return view.hasNamespace(namespace) ? { kind: 'empty' } : { kind: 'nxdomain' };
  const service = view.service(namespace, serviceName);
  if (service === undefined) return { kind: 'nxdomain' };
  return serviceLookup(view, question, service, labels);
}

/** An address that is in several slices (one for each of its ports, say) is told once. */
const distinct = (answers: readonly Answer[]): Answer[] => [...new Map(answers.map((answer) => [JSON.stringify(answer), answer])).values()];

/** Keeps the records of the type that was asked for; CNAMEs answer every type. */
function typed(question: { type: string }, answers: Answer[], additionals: Answer[] = []): Lookup {
  const fitting = answers.filter((answer) => question.type === 'ANY' || answer.type === question.type || answer.type === 'CNAME');
  return fitting.length === 0 ? { kind: 'empty' } : { kind: 'answers', answers: distinct(fitting), additionals: distinct(additionals) };
}

function serviceLookup(view: ZoneView, question: { name: string; type: string }, service: Service, labels: string[]): Lookup {
  const spec = service.spec;
  const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${view.domain}`;
  if (spec?.type === 'ExternalName') {
    if (labels.length > 0 || spec.externalName === undefined) return { kind: 'nxdomain' };
    return typed(question, [{ type: 'CNAME', name: question.name, ttl: TTL, data: spec.externalName }]);
  }
  const headless = spec?.clusterIP === 'None';
  const targets = headless ? targetsOf(view, service) : [];
  if (labels.length === 0) {
    if (!headless) {
      const all = (spec?.ports ?? []).map((port) => srv(question.name, port.port, base));
      return typed(question, [a(question.name, spec?.clusterIP ?? ''), ...(question.type === 'SRV' ? all : [])]);
    }
    if (targets.length === 0) return { kind: 'nxdomain' };
    const records = targets.flatMap((target) => [
      a(question.name, target.ip),
      ...(question.type === 'SRV' ? target.ports.map((port) => srv(question.name, port.port, `${target.hostname}.${base}`)) : []),
    ]);
    return typed(question, records);
  }
  if (labels.length === 2 && labels[0]?.startsWith('_') === true && labels[1]?.startsWith('_') === true) {
    const port = labels[0].slice(1);
    const protocol = labels[1].slice(1);
    if (!headless) {
      const found = (spec?.ports ?? []).filter((one) => (one.name ?? '') === port && (one.protocol ?? 'TCP').toLowerCase() === protocol);
      if (found.length === 0) return { kind: 'nxdomain' };
      return typed(
        question,
        found.map((one) => srv(question.name, one.port, base)),
        [a(base, spec?.clusterIP ?? '')],
      );
    }
    const found = targets.flatMap((target) =>
      target.ports.filter((one) => one.name === port && one.protocol === protocol).map((one) => ({ target, port: one.port })),
    );
    if (found.length === 0) return { kind: 'nxdomain' };
    return typed(
      question,
      found.map((one) => srv(question.name, one.port, `${one.target.hostname}.${base}`)),
      found.map((one) => a(`${one.target.hostname}.${base}`, one.target.ip)),
    );
  }
  const host = headless && labels.length === 1 ? targets.filter((target) => target.hostname === labels[0]) : [];
  return host.length === 0
    ? { kind: 'nxdomain' }
    : typed(
        question,
        host.map((target) => a(question.name, target.ip)),
      );
}

const srv = (name: string, port: number, target: string): Answer => ({
  type: 'SRV',
  name,
  ttl: TTL,
  data: { priority: 0, weight: 100, port, target },
});

/** `1-2-3-4.<namespace>.pod.<domain>` says its own answer (CoreDNS' `pods insecure`, kubeadm's setting). */
function podLookup(view: ZoneView, question: { name: string; type: string }, labels: string[]): Lookup {
  const namespace = labels.pop();
  const address = labels.pop();
  if (namespace === undefined || !view.hasNamespace(namespace)) return { kind: 'nxdomain' };
  if (address === undefined) return { kind: 'empty' };
  if (labels.length > 0 || !/^\d+-\d+-\d+-\d+$/.test(address)) return { kind: 'nxdomain' };
  return typed(question, [a(question.name, address.replaceAll('-', '.'))]);
}

function reverseLookup(view: ZoneView, name: string, ip: string): Lookup {
  const ptr = (data: string): Answer => ({ type: 'PTR', name, ttl: TTL, data });
  const service = view.serviceByIP(ip);
  if (service !== undefined) {
    return { kind: 'answers', answers: [ptr(`${service.metadata.name}.${service.metadata.namespace}.svc.${view.domain}`)] };
  }
  const endpoints = view.endpointsByIP(ip);
  if (endpoints.length === 0) return { kind: 'foreign' };
  return {
    kind: 'answers',
    answers: endpoints.map((one) => ptr(`${one.hostname ?? dashed(ip)}.${one.service}.${one.namespace}.svc.${view.domain}`)),
  };
}
