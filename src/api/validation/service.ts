import { isIPv4, isIPv6 } from 'node:net';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { Service, ServicePort, ServiceSpec } from '../types/core-v1.ts';
import { entries, immutableMessage, labels, oneOf, optionalOneOf, portNumberOrName } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check, checkNumber, cidr, dnsLabel, ip, portNumber } from './formats.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';
import { specialAddress } from './special-address.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const allocatesAddress = new Set(['ClusterIP', 'LoadBalancer', 'NodePort']);
const policies = ['Cluster', 'Local'];
const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIPs?.[0] === 'None' || spec.clusterIP === 'None';
const needsHealthCheck = (spec: ServiceSpec): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
const isExternal = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

/** ValidateService, before addresses and ports are allocated: what allocation fills in is not required here. */
export function* service({ metadata, spec = {} }: Service): Errors {
  yield* objectMeta(kinds.Service, metadata);
  if (!isHeadless(spec) && (spec.ports ?? []).length === 0 && spec.type !== 'ExternalName') yield required('spec.ports');
  yield* typeRules(spec);
  yield* ports(spec);
  yield* labels('spec.selector', spec.selector);
  yield* oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  yield* affinityConfig(spec);
  yield* clusterIPs(spec);
  for (const [i, address] of entries(spec.externalIPs)) {
    const problems = ip(address);
    for (const problem of problems) yield invalid(`spec.externalIPs[${i}]`, address, problem);
    if (problems.length === 0) yield* specialAddress(`spec.externalIPs[${i}]`, address);
  }
  yield* oneOf('spec.type', spec.type, types);
  yield* portConflicts(spec);
  yield* loadBalancer(spec);
  yield* trafficPolicies(spec);
}

function* typeRules(spec: ServiceSpec): Errors {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    yield invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  }
  if (spec.type !== 'ExternalName') return;
  const detail = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) yield forbidden('spec.clusterIPs', detail);
  if ((spec.ipFamilies ?? []).length > 0) yield forbidden('spec.ipFamilies', detail);
  if (spec.ipFamilyPolicy !== undefined) yield forbidden('spec.ipFamilyPolicy', detail);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') yield required('spec.externalName');
  else yield* check('spec.externalName', name, subdomainErrors);
}

function* ports(spec: ServiceSpec): Errors {
  const names = new Set<string>();
  const several = (spec.ports ?? []).length > 1;
  for (const [i, port] of entries(spec.ports)) {
    const at = `spec.ports[${i}]`;
    if (!port.name) {
      if (several) yield required(`${at}.name`);
    } else {
      yield* check(`${at}.name`, port.name, dnsLabel);
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    yield* checkNumber(`${at}.port`, port.port ?? 0, portNumber);
    yield* oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
    yield* portNumberOrName(`${at}.targetPort`, port.targetPort);
    if (port.appProtocol !== undefined) yield* check(`${at}.appProtocol`, port.appProtocol, qualifiedNameErrors);
  }
}

function* affinityConfig({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): Errors {
  const at = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config !== undefined) yield forbidden(at, 'must not be set when session affinity is None');
  if (sessionAffinity !== 'ClientIP') return;
  const seconds = config?.clientIP?.timeoutSeconds;
  const detail = 'when session affinity type is ClientIP';
  if (config === undefined) yield required(at, detail);
  else if (config.clientIP === undefined) yield required(`${at}.clientIP`, detail);
  else if (seconds === undefined) yield required(`${at}.clientIP.timeoutSeconds`, detail);
  else if (seconds <= 0 || seconds > 86_400) {
    yield invalid(`${at}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400');
  }
}

function* clusterIPs(spec: ServiceSpec): Errors {
  if (spec.type === 'ExternalName') return;
  for (const [i, family] of entries(spec.ipFamilies)) {
    if (family !== 'IPv4' && family !== 'IPv6') yield notSupported(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']);
    if (spec.ipFamilies?.indexOf(family) !== i) yield duplicate(`spec.ipFamilies[${i}]`, family);
  }
  yield* optionalOneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']);
  const list = spec.clusterIPs ?? [];
  if (list.length === 0 && spec.clusterIP) yield required('spec.clusterIPs');
  if (list.length > 0 && list[0] !== (spec.clusterIP ?? '')) {
    yield invalid('spec.clusterIPs', list, 'first value must match `clusterIP`');
  }
  if (list.length > 1 && list[0] === 'None') {
    yield invalid('spec.clusterIPs', list, "'None' must be the first and only value");
    return;
  }
  if (list.length > 2) yield invalid('spec.clusterIPs', list, 'may only hold up to 2 values');
  if (list[0] === 'None') return;
  for (const [i, address] of list.entries()) {
    const at = `spec.clusterIPs[${i}]`;
    if (address === '') continue;
    yield* check(at, address, ip);
    const family = spec.ipFamilies?.[i];
    if (family === 'IPv4' && isIPv6(address)) yield invalid(at, address, 'expected an IPv4 value as indicated by `ipFamilies[' + i + ']`');
    if (family === 'IPv6' && isIPv4(address)) yield invalid(at, address, 'expected an IPv6 value as indicated by `ipFamilies[' + i + ']`');
  }
}

function* portConflicts(spec: ServiceSpec): Errors {
  if (spec.type === 'ClusterIP') {
    for (const [i, port] of entries(spec.ports)) {
      if (port.nodePort) yield forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    }
  }
  const seen = new Set<string>();
  for (const [i, { protocol, nodePort }] of entries(spec.ports)) {
    if (!nodePort) continue;
    if (seen.has(`${protocol}/${nodePort}`)) yield duplicate(`spec.ports[${i}].nodePort`, nodePort);
    seen.add(`${protocol}/${nodePort}`);
  }
  const pairs = new Set<string>();
  for (const [i, { protocol, port }] of entries(spec.ports)) {
    const key: Partial<ServicePort> = { ...(protocol === undefined ? {} : { protocol }), port };
    if (pairs.has(`${protocol}/${port}`)) yield duplicate(`spec.ports[${i}]`, key);
    pairs.add(`${protocol}/${port}`);
  }
}

function* loadBalancer(spec: ServiceSpec): Errors {
  const detail = "may only be used when `type` is 'LoadBalancer'";
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && !isLoadBalancer) yield forbidden('spec.LoadBalancerSourceRanges', detail);
  for (const [i, range] of ranges.entries()) yield* check(`spec.LoadBalancerSourceRanges[${i}]`, range.trim(), cidr);
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) yield forbidden('spec.allocateLoadBalancerNodePorts', detail);
  if (spec.loadBalancerClass !== undefined) {
    if (!isLoadBalancer) yield forbidden('spec.loadBalancerClass', detail);
    yield* check('spec.loadBalancerClass', spec.loadBalancerClass, qualifiedNameErrors);
  }
}

function* trafficPolicies(spec: ServiceSpec): Errors {
  const external = spec.externalTrafficPolicy;
  if (!isExternal(spec)) {
    if (external) yield invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services');
  } else yield* oneOf('spec.externalTrafficPolicy', external, policies);
  if (spec.healthCheckNodePort) {
    if (!needsHealthCheck(spec)) {
      const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      yield invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, detail);
    } else yield* checkNumber('spec.healthCheckNodePort', spec.healthCheckNodePort, portNumber);
  }
  if (spec.internalTrafficPolicy === undefined) {
    if (allocatesAddress.has(spec.type ?? '')) yield required('spec.internalTrafficPolicy');
  } else if (!policies.includes(spec.internalTrafficPolicy)) {
    yield notSupported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, policies);
  }
  yield* optionalOneOf('spec.trafficDistribution', spec.trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone']);
}

/** ValidateServiceUpdate: an address stays until the Service becomes an ExternalName. */
export function* serviceUpdate(object: Service, old: Service): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  const spec = object.spec ?? {};
  const before = old.spec ?? {};
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    for (const [i, what] of ['primary', 'secondary'].entries()) {
      const was = before.clusterIPs?.[i];
      const now = spec.clusterIPs?.[i];
      if (!was || was === now) continue;
      if (i === 0) yield invalid('spec.clusterIPs[0]', spec.clusterIPs, `may not change once set`);
      else if (now) yield invalid('spec.clusterIPs[1]', spec.clusterIPs, `${what} clusterIP can only be released, not changed`);
    }
    const family = before.ipFamilies?.[0];
    if (family !== undefined && spec.ipFamilies?.[0] !== family) {
      yield invalid('spec.ipFamilies[0]', spec.ipFamilies, `may not change once set`);
    }
  }
  if (before.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && before.loadBalancerClass !== spec.loadBalancerClass) {
    yield invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set');
  }
  if (needsHealthCheck(before) && needsHealthCheck(spec) && spec.healthCheckNodePort !== before.healthCheckNodePort) {
    yield forbidden('spec.healthCheckNodePort', immutableMessage);
  }
  yield* service(object);
}

export function* serviceStatusUpdate(object: Service, old: Service): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  const ingress = object.status?.loadBalancer?.ingress;
  if ((ingress ?? []).length > 0 && object.spec?.type !== 'LoadBalancer') {
    yield forbidden('status.loadBalancer.ingress', 'may only be used when `spec.type` is "LoadBalancer"');
  }
  for (const [i, { ip: address, hostname, ipMode }] of entries(ingress)) {
    const at = `status.loadBalancer.ingress[${i}]`;
    if (address) yield* check(`${at}.ip`, address, ip);
    if (address && ipMode === undefined) yield required(`${at}.ipMode`, 'must be specified when `ip` is set');
    if (!address && ipMode !== undefined) yield forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set');
    yield* optionalOneOf(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']);
    if (!hostname) continue;
    yield* check(`${at}.hostname`, hostname, subdomainErrors);
    if (ip(hostname).length === 0) yield invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address');
  }
}
