import { qualifiedNameErrors, subdomainErrors } from '../../qualified-name.ts';
import { addQuantity, formatQuantity } from '../../quantity.ts';
import type { PodSpec, PodTemplateSpec, Volume } from '../../types/core-v1.ts';
import { annotations, compare, entries, labels, oneOf } from '../common.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { check, checkNumber, dnsLabel, inRange, ip } from '../formats.ts';
import { containerRequirements, podResources } from '../resources.ts';
import { containerRules } from './container.ts';
import { affinityRules, spreadRules, tolerationRules } from './scheduling.ts';
import { podSecurity } from './security.ts';
import { type PodContext, volumeRules } from './volumes.ts';

export const maxInt32 = 2_147_483_647;

/** ValidatePodSpec: of a pod or of a template. */
export function* podSpec(field: string, spec: PodSpec, context: PodContext): Errors {
  if (spec.terminationGracePeriodSeconds === undefined) yield required(`${field}.terminationGracePeriodSeconds`);
  const volumes = new Map<string, Volume>();
  yield* volumeRules(`${field}.volumes`, spec.volumes, context, volumes);
  yield* resourceClaims(`${field}.resourceClaims`, spec);
  yield* containerRules(field, { spec, volumes, context });
  yield* podLevelResources(`${field}.resources`, spec);
  yield* hostNetworkPorts(field, spec, context);
  yield* oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']);
  yield* oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']);
  yield* labels(`${field}.nodeSelector`, spec.nodeSelector);
  yield* podSecurity(field, spec);
  yield* affinityRules(`${field}.affinity`, spec.affinity);
  yield* dnsConfig(`${field}.dnsConfig`, spec);
  for (const [i, { conditionType }] of entries(spec.readinessGates)) {
    yield* check(`${field}.readinessGates[${i}].conditionType`, conditionType ?? '', qualifiedNameErrors);
  }
  yield* schedulingGates(`${field}.schedulingGates`, spec);
  yield* spreadRules(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  yield* userNamespace(field, spec);
  for (const name of ['serviceAccountName', 'nodeName'] as const) {
    const value = spec[name];
    if (value) yield* check(`${field}.${name}`, value, subdomainErrors);
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    yield* checkNumber(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, (value) => inRange(value, 1, maxInt32));
  }
  if (spec.hostname) yield* check(`${field}.hostname`, spec.hostname, dnsLabel);
  if (spec.subdomain) yield* check(`${field}.subdomain`, spec.subdomain, dnsLabel);
  if (spec.hostnameOverride !== undefined) yield* hostnameOverride(`${field}.hostnameOverride`, spec, spec.hostnameOverride);
  yield* tolerationRules(`${field}.tolerations`, spec.tolerations);
  for (const [i, alias] of entries(spec.hostAliases)) {
    yield* check(`${field}.hostAliases[${i}].ip`, alias.ip ?? '', ip);
    for (const [j, name] of entries(alias.hostnames)) yield* check(`${field}.hostAliases[${i}].hostnames[${j}]`, name, subdomainErrors);
  }
  if (spec.priorityClassName) yield* check(`${field}.priorityClassName`, spec.priorityClassName, subdomainErrors);
  if (spec.runtimeClassName !== undefined) yield* check(`${field}.runtimeClassName`, spec.runtimeClassName, subdomainErrors);
  if (spec.preemptionPolicy !== undefined) {
    yield* oneOf(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  }
  if (spec.overhead !== undefined) yield* containerRequirements(`${field}.overhead`, { limits: spec.overhead }, new Set());
  yield* operatingSystem(field, spec);
}

/** ValidatePodTemplateSpec. */
export function* podTemplate(field: string, template: PodTemplateSpec | undefined): Errors {
  if (template === undefined) {
    yield required(field);
    return;
  }
  yield* templateMetadata(field, template);
  yield* podSpec(`${field}.spec`, template.spec ?? { containers: [] }, { isPod: false });
  if ((template.spec?.ephemeralContainers ?? []).length > 0) {
    yield forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
  }
}

export function* templateMetadata(field: string, { metadata }: PodTemplateSpec): Errors {
  yield* labels(`${field}.labels`, metadata?.labels);
  yield* annotations(`${field}.annotations`, metadata?.annotations);
}

function* resourceClaims(field: string, { resourceClaims: claims }: PodSpec): Errors {
  const seen = new Set<string>();
  for (const [i, claim] of entries(claims)) {
    const at = `${field}[${i}]`;
    if (!claim.name) yield required(`${at}.name`);
    else if (seen.has(claim.name)) yield duplicate(`${at}.name`, claim.name);
    else yield* check(`${at}.name`, claim.name, dnsLabel);
    seen.add(claim.name);
    if (claim.resourceClaimName !== undefined && claim.resourceClaimTemplateName !== undefined) {
      yield invalid(at, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    }
    if (claim.resourceClaimName === undefined && claim.resourceClaimTemplateName === undefined) {
      yield invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    }
  }
}

function* podLevelResources(field: string, spec: PodSpec): Errors {
  if (spec.resources === undefined) return;
  yield* podResources(field, spec.resources);
  for (const name of Object.keys(spec.resources.requests ?? {})) {
    const asked = (spec.containers ?? []).flatMap(({ resources }) => resources?.requests?.[name] ?? []);
    if (asked.some((one) => compare(one, '0') === undefined)) continue;
    const sum = formatQuantity(asked.reduce<string>((total, one) => formatQuantity(addQuantity(total, one)), '0'));
    const given = spec.resources.requests?.[name];
    if ((compare(sum, given) ?? 0) > 0) {
      yield invalid(`${field}.requests[${name}]`, given, `must be greater than or equal to aggregate container requests of ${sum}`);
    }
  }
  for (const [i, container] of entries(spec.containers)) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const most = spec.resources.limits?.[name];
      if (most !== undefined && (compare(limit, most) ?? 0) > 0) {
        yield invalid(`${field}.containers[${i}][${name}].limits`, limit, `must be less than or equal to pod limits of ${most}`);
      }
    }
  }
}

function* hostNetworkPorts(field: string, spec: PodSpec, { isPod }: PodContext): Errors {
  if (spec.hostNetwork !== true) return;
  for (const [i, container] of entries(spec.containers)) {
    for (const [j, port] of entries(container.ports)) {
      if ((isPod || port.hostPort) && port.hostPort !== port.containerPort) {
        const at = `${field}.containers[${i}].ports[${j}].hostPort`;
        yield invalid(at, port.hostPort ?? 0, 'must match `containerPort` when `hostNetwork` is true');
      }
    }
  }
}

function* dnsConfig(field: string, { dnsConfig: config, dnsPolicy }: PodSpec): Errors {
  if (dnsPolicy === 'None') {
    if (config === undefined) {
      yield required(field, 'must provide `dnsConfig` when `dnsPolicy` is None');
      return;
    }
    if ((config.nameservers ?? []).length === 0) {
      yield required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None');
      return;
    }
  }
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (nameservers.length > 3) yield invalid(`${field}.nameservers`, nameservers, 'must not have more than 3 nameservers');
  for (const [i, server] of nameservers.entries()) yield* check(`${field}.nameservers[${i}]`, server, ip);
  if (searches.length > 32) yield invalid(`${field}.searches`, searches, 'must not have more than 32 search paths');
  if (searches.join(' ').length > 2048) {
    yield invalid(`${field}.searches`, searches, 'must not have more than 2048 characters (including spaces) in the search list');
  }
  for (const [i, search] of searches.entries()) {
    // Underscores are allowed here, as in the names of SRV records.
    if (search !== '.') yield* check(`${field}.searches[${i}]`, search.replace(/\.$/, '').replaceAll('_', 'a'), subdomainErrors);
  }
  for (const [i, option] of options.entries()) if (!option.name) yield required(`${field}.options[${i}]`, 'must not be empty');
}

function* schedulingGates(field: string, { schedulingGates: gates }: PodSpec): Errors {
  const seen = new Set<string>();
  for (const [i, { name }] of entries(gates)) {
    yield* check(`${field}[${i}]`, name ?? '', qualifiedNameErrors);
    if (seen.has(name)) yield duplicate(`${field}[${i}]`, name);
    seen.add(name);
  }
}

function* userNamespace(field: string, spec: PodSpec): Errors {
  if (spec.hostUsers !== false) return;
  const detail = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork === true) yield forbidden(`${field}.hostNetwork`, detail);
  if (spec.hostPID === true) yield forbidden(`${field}.HostPID`, detail);
  if (spec.hostIPC === true) yield forbidden(`${field}.HostIPC`, detail);
}

function* hostnameOverride(field: string, spec: PodSpec, name: string): Errors {
  if (spec.setHostnameAsFQDN === true) yield forbidden(field, 'may not be set when `setHostnameAsFQDN` is true');
  if (spec.hostNetwork === true) yield forbidden(field, 'may not be set when `hostNetwork` is true');
  if (name.length > 64) yield invalid(field, name, 'must be no more than 64 bytes');
  yield* check(field, name, subdomainErrors);
}

function* operatingSystem(field: string, { os, securityContext }: PodSpec): Errors {
  if (os === undefined) return;
  if (!os.name) yield required(`${field}.os.name`, 'cannot be empty');
  else if (os.name !== 'linux' && os.name !== 'windows') yield notSupported(`${field}.os.name`, os.name, ['linux', 'windows']);
  if (os.name === 'linux' && securityContext?.windowsOptions !== undefined) {
    yield forbidden(`${field}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod');
  }
}
