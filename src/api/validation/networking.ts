import { BlockList, isIPv4 } from 'node:net';
import { semanticEqual } from '../deep-equal.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { TypedLocalObjectReference } from '../types/core-v1.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../types/networking-v1.ts';
import { entries, immutable, labelSelector, optionalOneOf, portNumberOrName } from './common.ts';
import { type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check, checkNumber, cidr, dns1035Label, ip, portName, portNumber, wildcardSubdomain } from './formats.ts';
import { metaOnUpdate, objectMeta, objectMetaUpdate, pathSegment } from './meta.ts';

const legacyClass = 'kubernetes.io/ingress.class';

export function* ingress(object: Ingress): Errors {
  yield* objectMeta(kinds.Ingress, object.metadata);
  const annotation = object.metadata.annotations?.[legacyClass];
  const name = object.spec?.ingressClassName;
  if (annotation !== undefined && name !== undefined && annotation !== name) {
    yield invalid(`metadata.annotations[${legacyClass}]`, annotation, 'must match `ingressClassName` when both are specified');
  }
  yield* ingressSpec(object.spec);
}
function* ingressSpec(spec: Ingress['spec']): Errors {
  if ((spec?.rules ?? []).length === 0 && spec?.defaultBackend === undefined) {
    yield invalid('spec', spec?.rules ?? [], 'either `defaultBackend` or `rules` must be specified');
  }
  if (spec?.defaultBackend !== undefined) yield* backend('spec.defaultBackend', spec.defaultBackend);
  for (const [i, rule] of entries(spec?.rules)) {
    const at = `spec.rules[${i}]`;
    if (rule.host) {
      if (ip(rule.host).length === 0) yield invalid(`${at}.host`, rule.host, 'must be a DNS name, not an IP address');
      yield* host(`${at}.host`, rule.host);
    }
    if (rule.http === undefined) continue;
    if ((rule.http.paths ?? []).length === 0) yield required(`${at}.http.paths`);
    for (const [j, path] of entries(rule.http.paths)) yield* pathRules(`${at}.http.paths[${j}]`, path);
  }
  for (const [i, tls] of entries(spec?.tls)) {
    for (const [j, name] of entries(tls.hosts)) yield* host(`spec.tls[${i}].hosts[${j}]`, name);
    if (tls.secretName) yield* check(`spec.tls[${i}].secretName`, tls.secretName, subdomainErrors);
  }
  if (spec?.ingressClassName !== undefined) yield* check('spec.ingressClassName', spec.ingressClassName, subdomainErrors);
}

const host = (field: string, name: string): Errors => check(field, name, name.includes('*') ? wildcardSubdomain : subdomainErrors);

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function* pathRules(field: string, { path = '', pathType, backend: target }: HTTPIngressPath): Errors {
  if (pathType === undefined) yield required(`${field}.pathType`, 'pathType must be specified');
  else if (!pathTypes.includes(pathType)) yield notSupported(`${field}.pathType`, pathType, pathTypes);
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) yield invalid(`${field}.path`, path, 'must be an absolute path');
  } else {
    if (!path.startsWith('/')) yield invalid(`${field}.path`, path, 'must be an absolute path');
    for (const part of ['//', '/./', '/../', '%2f', '%2F']) {
      if (path.includes(part)) yield invalid(`${field}.path`, path, `must not contain '${part}'`);
    }
    for (const end of ['/..', '/.']) if (path.endsWith(end)) yield invalid(`${field}.path`, path, `cannot end with '${end}'`);
  }
  yield* backend(`${field}.backend`, target ?? {});
}

function* backend(field: string, { resource, service }: IngressBackend): Errors {
  if (resource !== undefined && service !== undefined) {
    yield invalid(field, '', 'cannot set both resource and service backends');
    return;
  }
  if (resource !== undefined) {
    yield* objectReference(`${field}.resource`, resource);
    return;
  }
  if (service === undefined) {
    yield invalid(field, '', 'resource or service backend is required');
    return;
  }
  if (!service.name) yield required(`${field}.service.name`);
  else yield* check(`${field}.service.name`, service.name, dns1035Label);
  const { name, number } = service.port ?? {};
  if (name && number) {
    yield invalid(field, '', 'cannot set both port name & port number');
  } else if (name) yield* check(`${field}.service.port.name`, name, portName);
  else if (number) yield* checkNumber(`${field}.service.port.number`, number, portNumber);
  else yield required(`${field}`, 'port name or number is required');
}

/** A reference that names an object of any kind. */
function* objectReference(field: string, { apiGroup, kind, name }: TypedLocalObjectReference): Errors {
  // A pointer that Go writes even where it is nil.
  if (apiGroup !== undefined && apiGroup !== null) yield* check(`${field}.apiGroup`, apiGroup, subdomainErrors);
  if (!kind) yield required(`${field}.kind`, 'kind is required');
  else yield* check(`${field}.kind`, kind, pathSegment);
  if (!name) yield required(`${field}.name`, 'name is required');
  else yield* check(`${field}.name`, name, pathSegment);
}

export function* ingressStatusUpdate(object: Ingress, old: Ingress): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  for (const [i, { ip: address, hostname }] of entries(object.status?.loadBalancer?.ingress)) {
    const at = `status.loadBalancer.ingress[${i}]`;
    if (address) yield* check(`${at}.ip`, address, ip);
    if (!hostname) continue;
    yield* check(`${at}.hostname`, hostname, subdomainErrors);
    if (ip(hostname).length === 0) yield invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address');
  }
}

export function* ingressClass({ metadata, spec }: IngressClass): Errors {
  yield* objectMeta(kinds.IngressClass, metadata);
  const controller = spec?.controller ?? '';
  if (controller.length > 250) yield { type: 'TooLong', field: 'spec.controller', detail: 'may not be more than 250 bytes' };
  if (controller === '') yield required('spec.controller');
  else {
    const [domain = '', ...rest] = controller.split('/');
    if (rest.length === 0 || domain === '') {
      yield invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")');
    } else for (const problem of subdomainErrors(domain)) yield invalid('spec.controller', domain, problem);
  }
  const parameters = spec?.parameters;
  if (parameters === undefined) return;
  yield* objectReference('spec.parameters', parameters);
  yield* optionalOneOf('spec.parameters.scope', parameters.scope, ['Cluster', 'Namespace']);
  if (parameters.scope === 'Namespace' && !parameters.namespace) {
    yield required('spec.parameters.namespace', "`parameters.scope` is set to 'Namespace'");
  }
  if (parameters.scope === 'Cluster' && parameters.namespace !== undefined) {
    yield forbidden('spec.parameters.namespace', "`parameters.scope` is set to 'Cluster'");
  }
}
export function* ingressClassUpdate(object: IngressClass, old: IngressClass): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* immutable('spec.controller', object.spec?.controller, old.spec?.controller);
  yield* ingressClass(object);
}

export function* networkPolicy({ metadata, spec }: NetworkPolicy): Errors {
  yield* objectMeta(kinds.NetworkPolicy, metadata);
  yield* networkPolicySpec(spec);
}
export function* networkPolicyUpdate(object: NetworkPolicy, old: NetworkPolicy): Errors {
  yield* metaOnUpdate(kinds.NetworkPolicy, object.metadata, old.metadata);
  if (!semanticEqual(object.spec, old.spec)) yield* networkPolicySpec(object.spec);
}

function* networkPolicySpec(spec: NetworkPolicy['spec']): Errors {
  yield* labelSelector('spec.podSelector', spec?.podSelector);
  for (const [i, rule] of entries(spec?.ingress)) {
    yield* policyPorts(`spec.ingress[${i}].ports`, rule.ports);
    yield* policyPeers(`spec.ingress[${i}].from`, rule.from);
  }
  for (const [i, rule] of entries(spec?.egress)) {
    yield* policyPorts(`spec.egress[${i}].ports`, rule.ports);
    yield* policyPeers(`spec.egress[${i}].to`, rule.to);
  }
  const types = spec?.policyTypes ?? [];
  if (types.length > 2) yield invalid('spec.policyTypes', types, 'may not specify more than two policyTypes');
  for (const [i, type] of types.entries()) {
    if (type !== 'Ingress' && type !== 'Egress') yield notSupported(`spec.policyTypes[${i}]`, type, ['Egress', 'Ingress']);
  }
}

function* policyPorts(field: string, ports: NetworkPolicyPort[] | undefined): Errors {
  for (const [i, { protocol, port, endPort }] of entries(ports)) {
    const at = `${field}[${i}]`;
    yield* optionalOneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
    if (port !== undefined) yield* portNumberOrName(`${at}.port`, port);
    if (endPort === undefined) continue;
    if (port === undefined) yield required(`${at}.port`, 'must be specified when `endPort` is specified');
    else if (typeof port === 'string') yield invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric');
    else {
      if (endPort < port) yield invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`');
      yield* checkNumber(`${at}.endPort`, endPort, portNumber);
    }
  }
}

function* policyPeers(field: string, peers: NetworkPolicyPeer[] | undefined): Errors {
  for (const [i, { podSelector, namespaceSelector, ipBlock }] of entries(peers)) {
    const at = `${field}[${i}]`;
    yield* labelSelector(`${at}.podSelector`, podSelector);
    yield* labelSelector(`${at}.namespaceSelector`, namespaceSelector);
    const selected = podSelector !== undefined || namespaceSelector !== undefined;
    if (ipBlock === undefined) {
      if (!selected) yield required(at, 'must specify a peer');
      continue;
    }
    if (selected) yield forbidden(at, 'may not specify both ipBlock and another peer');
    yield* ipBlockRules(`${at}.ipBlock`, ipBlock);
  }
}

function* ipBlockRules(field: string, { cidr: block, except }: NonNullable<NetworkPolicyPeer['ipBlock']>): Errors {
  if (!block) {
    yield required(`${field}.cidr`);
    return;
  }
  yield* check(`${field}.cidr`, block, cidr);
  for (const [i, hole] of entries(except)) {
    const at = `${field}.except[${i}]`;
    const problems = cidr(hole);
    for (const problem of problems) yield invalid(at, hole, problem);
    if (problems.length === 0 && cidr(block).length === 0 && !strictlyInside(hole, block)) {
      yield invalid(at, hole, 'must be a strict subset of `cidr`');
    }
  }
}

function strictlyInside(inner: string, outer: string): boolean {
  const [innerAddress = '', innerBits] = inner.split('/');
  const [outerAddress = '', outerBits] = outer.split('/');
  if (isIPv4(innerAddress) !== isIPv4(outerAddress) || Number(innerBits) <= Number(outerBits)) return false;
  const list = new BlockList();
  const family = isIPv4(outerAddress) ? 'ipv4' : 'ipv6';
  list.addSubnet(outerAddress, Number(outerBits), family);
  return list.check(innerAddress, family);
}
