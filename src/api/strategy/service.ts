import type { Service, ServiceSpec } from '../types/core-v1.ts';
import { type Strategy, typed } from './parts.ts';

const hasClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
const hasNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
const needsHealthCheckPort = (spec: ServiceSpec): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

/** Service writes of an IPv4 cluster: what upstream's service REST storage does around its allocators. */
export const service: Pick<Strategy, 'create' | 'update'> = typed<Service>({
  create({ spec }) {
    if (spec === undefined) return;
    normalizeClusterIPs(spec);
    defaultFamilies(spec);
  },
  update({ spec }, { spec: old }) {
    if (spec === undefined || old === undefined) return;
    normalizeClusterIPs(spec, old);
    dropTypeDependentFields(spec, old);
    keepAllocated(spec, old);
    defaultFamilies(spec);
  },
});

/** Old clients know `clusterIP` only: the two fields follow each other unless the user set them apart. */
function normalizeClusterIPs(spec: ServiceSpec, old?: ServiceSpec): void {
  const first = spec.clusterIPs?.[0];
  if (old === undefined) {
    if (spec.clusterIP && first === undefined) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if (spec.clusterIP !== old.clusterIP) {
    if (!spec.clusterIP && old.clusterIP && first === old.clusterIPs?.[0]) delete spec.clusterIPs;
    else if (spec.clusterIP && first === old.clusterIPs?.[0]) spec.clusterIPs = [spec.clusterIP];
  }
}

function defaultFamilies(spec: ServiceSpec): void {
  if (!hasClusterIP(spec)) {
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    return;
  }
  const selectorless = Object.keys(spec.selector ?? {}).length === 0;
  if (isHeadless(spec) && selectorless) {
    spec.ipFamilyPolicy ??= 'RequireDualStack';
    if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
    return;
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = ['IPv4'];
}

/** A changed type clears what belonged to the old type, where the user left it as it was. */
function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIP(old) && !hasClusterIP(spec) && spec.clusterIP === old.clusterIP) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  }
  if (hasNodePorts(old) && !hasNodePorts(spec) && sameNodePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort;
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) {
    delete spec.healthCheckNodePort;
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs ?? []).length > 0;
  if (!external && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
}

const sameNodePorts = (spec: ServiceSpec, old: ServiceSpec): boolean => {
  const before = new Set((old.ports ?? []).map((port) => port.nodePort));
  return (spec.ports ?? []).every((port) => before.has(port.nodePort));
};

/** A PUT that leaves out what the cluster allocated keeps it (patchAllocatedValues). */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIP(old) && hasClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === old.clusterIP && old.clusterIPs !== undefined) {
      spec.clusterIPs = old.clusterIPs;
    }
    if (spec.ipFamilyPolicy === undefined && old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy = old.ipFamilyPolicy;
    if (spec.ipFamilies === undefined && old.ipFamilies !== undefined) spec.ipFamilies = old.ipFamilies;
  }
  if (hasNodePorts(old) && hasNodePorts(spec)) {
    const taken = new Set((spec.ports ?? []).map((port) => `${port.protocol}:${port.nodePort ?? 0}`));
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      const before = old.ports?.find((candidate) => candidate.port === port.port && candidate.protocol === port.protocol)?.nodePort;
      if (before !== undefined && before !== 0 && !taken.has(`${port.protocol}:${before}`)) port.nodePort = before;
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort !== undefined) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}
