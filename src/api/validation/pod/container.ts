import type { Container, ContainerPort, EphemeralContainer, PodSpec, Volume } from '../../types/core-v1.ts';
import { entries, oneOf } from '../common.ts';
import { duplicate, type Errors, forbidden, invalid, notFound, notSupported, required } from '../field-error.ts';
import { check, checkNumber, dnsLabel, portName, portNumber } from '../formats.ts';
import { containerRequirements } from '../resources.ts';
import { env, envFrom } from './env.ts';
import { mounts } from './mounts.ts';
import { probesAndHooks } from './probes.ts';
import { containerSecurity } from './security.ts';
import type { PodContext } from './volumes.ts';

interface Surroundings {
  spec: PodSpec;
  volumes: ReadonlyMap<string, Volume>;
  context: PodContext;
}

/** All three container lists of a pod spec; `field` is the spec's. */
export function* containerRules(field: string, around: Surroundings): Errors {
  yield* regularContainers(`${field}.containers`, around);
  yield* initContainers(`${field}.initContainers`, around);
  yield* ephemeralContainers(`${field}.ephemeralContainers`, around);
}

function* regularContainers(field: string, around: Surroundings): Errors {
  const { spec } = around;
  if ((spec.containers ?? []).length === 0) {
    yield required(field);
    return;
  }
  const names = new Set<string>();
  for (const [i, container] of entries(spec.containers)) {
    const at = `${field}[${i}]`;
    yield* common(at, container, around);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    names.add(container.name);
    yield* probesAndHooks(at, container, spec.terminationGracePeriodSeconds);
    yield* restartRules(at, container, ['Always', 'Never', 'OnFailure']);
  }
  yield* hostPorts(field, spec.containers);
}

function* initContainers(field: string, around: Surroundings): Errors {
  const { spec } = around;
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  for (const [i, container] of entries(spec.initContainers)) {
    const at = `${field}[${i}]`;
    yield* common(at, container, around);
    yield* restartRules(at, container, ['Always', 'Never', 'OnFailure']);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    else if (container.name) names.add(container.name);
    yield* hostPorts(field, [container]);
    if (container.restartPolicy === 'Always') {
      yield* probesAndHooks(at, container, spec.terminationGracePeriodSeconds);
      continue;
    }
    for (const part of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[part] !== undefined) {
        yield forbidden(`${at}.${part}`, 'may not be set for init containers without restartPolicy=Always');
      }
    }
  }
}

const ephemeralOnly = 'cannot be set for an Ephemeral Container';
const notForEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const;

function* ephemeralContainers(field: string, around: Surroundings): Errors {
  const { spec } = around;
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  for (const [i, container] of entries(spec.ephemeralContainers)) {
    const at = `${field}[${i}]`;
    yield* common(at, container, around);
    yield* image(at, container);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) yield notFound(`${at}.targetContainerName`, target);
    for (const part of notForEphemeral) if (container[part] !== undefined) yield forbidden(`${at}.${part}`, ephemeralOnly);
    if (Object.values(container.resources ?? {}).some((list) => Object.keys(list).length > 0)) {
      yield forbidden(`${at}.resources`, ephemeralOnly);
    }
    for (const [j, mount] of entries(container.volumeMounts)) {
      if (mount.subPath) yield forbidden(`${at}.volumeMounts[${j}].subPath`, ephemeralOnly);
      if (mount.subPathExpr) yield forbidden(`${at}.volumeMounts[${j}].subPathExpr`, ephemeralOnly);
    }
  }
}

/** What holds for every container, in upstream's order. */
function* common(field: string, container: Container | EphemeralContainer, { spec, volumes }: Surroundings): Errors {
  if (!container.name) yield required(`${field}.name`);
  else yield* check(`${field}.name`, container.name, dnsLabel);
  if (!container.image) yield required(`${field}.image`);
  yield* oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']);
  yield* ports(`${field}.ports`, container.ports);
  yield* env(`${field}.env`, container.env, new Set(volumes.keys()));
  yield* envFrom(`${field}.envFrom`, container.envFrom);
  yield* mounts(field, container, volumes);
  yield* oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  yield* containerRequirements(`${field}.resources`, container.resources, claims);
  yield* resizePolicy(`${field}.resizePolicy`, container, spec.restartPolicy);
  yield* containerSecurity(`${field}.securityContext`, container.securityContext, spec.hostUsers !== false);
}

/** Only pods, not templates, may not have a padded image name. */
export function* image(field: string, container: { image?: string }): Errors {
  const text = container.image ?? '';
  if (text.trim() !== text) yield invalid(`${field}.image`, text, 'must not have leading or trailing whitespace');
}

function* ports(field: string, list: ContainerPort[] | undefined): Errors {
  const names = new Set<string>();
  for (const [i, port] of entries(list)) {
    const at = `${field}[${i}]`;
    if (port.name) {
      const problems = portName(port.name);
      for (const problem of problems) yield invalid(`${at}.name`, port.name, problem);
      if (problems.length === 0 && names.has(port.name)) yield duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (!port.containerPort) yield required(`${at}.containerPort`);
    else yield* checkNumber(`${at}.containerPort`, port.containerPort, portNumber);
    if (port.hostPort) yield* checkNumber(`${at}.hostPort`, port.hostPort, portNumber);
    yield* oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
  }
}

function* hostPorts(field: string, containers: readonly Container[]): Errors {
  const seen = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [j, port] of entries(container.ports)) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (seen.has(key)) yield duplicate(`${field}[${i}].ports[${j}].hostPort`, key);
      seen.add(key);
    }
  }
}

function* resizePolicy(field: string, container: Container | EphemeralContainer, podRestartPolicy: string | undefined): Errors {
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of entries(container.resizePolicy)) {
    if (seen.has(resourceName)) yield duplicate(`${field}[${i}]`, resourceName);
    seen.add(resourceName);
    yield* oneOf(field, resourceName, ['cpu', 'memory']);
    yield* oneOf(field, restartPolicy, ['NotRequired', 'RestartContainer']);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      yield invalid(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

/** A container's own restartPolicy and restartPolicyRules. */
function* restartRules(field: string, container: Container, policies: readonly string[]): Errors {
  const policy = container.restartPolicy;
  if (policy !== undefined && !policies.includes(policy)) yield notSupported(`${field}.restartPolicy`, policy, policies);
  const rules = container.restartPolicyRules;
  if (rules === undefined || rules.length === 0) return;
  if (policy === undefined) yield required(`${field}.restartPolicy`, 'must specify restartPolicy when restart rules are used');
  if (rules.length > 20) yield { type: 'TooLong', field: `${field}.restartPolicyRules`, detail: 'may not be more than 20 bytes' };
  for (const [i, { action, exitCodes }] of rules.entries()) {
    const at = `${field}.restartPolicyRules[${i}]`;
    yield* oneOf(`${at}.action`, action, ['Restart', 'RestartAllContainers']);
    if (exitCodes === undefined) yield required(`${at}.exitCodes`, 'must be specified');
    else {
      yield* oneOf(`${at}.exitCodes.operator`, exitCodes.operator, ['In', 'NotIn']);
      if ((exitCodes.values ?? []).length > 255)
        yield { type: 'TooLong', field: `${at}.exitCodes.values`, detail: 'may not be more than 255 bytes' };
    }
  }
}
