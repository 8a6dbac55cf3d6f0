import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext } from '../../types/core-v1.ts';
import { optionalOneOf } from '../common.ts';
import { duplicate, type Errors, invalid, notSupported, required } from '../field-error.ts';
import { checkNumber, userID } from '../formats.ts';
import { relativePath } from './paths.ts';

/** The securityContext of one container. `hostUsers` is false for pods in a user namespace of their own. */
export function* containerSecurity(field: string, context: SecurityContext | undefined, hostUsers: boolean): Errors {
  if (context === undefined) return;
  if (context.runAsUser !== undefined) yield* checkNumber(`${field}.runAsUser`, context.runAsUser, userID);
  if (context.runAsGroup !== undefined) yield* checkNumber(`${field}.runAsGroup`, context.runAsGroup, userID);
  yield* optionalOneOf(`${field}.procMount`, context.procMount, ['Default', 'Unmasked']);
  if (hostUsers && context.procMount === 'Unmasked') {
    yield invalid(`${field}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`');
  }
  yield* seccomp(`${field}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      yield invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      yield invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  yield* appArmor(`${field}.appArmorProfile`, context.appArmorProfile);
}

const sysctlFormat = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlMessage =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

/** The pod's securityContext. `field` is the pod spec's. */
export function* podSecurity(field: string, spec: PodSpec): Errors {
  const context = spec.securityContext;
  if (context === undefined) return;
  const at = `${field}.securityContext`;
  for (const name of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[name];
    if (id !== undefined) yield* checkNumber(`${at}.${name}`, id, userID);
  }
  for (const [i, id] of (context.supplementalGroups ?? []).entries()) yield* checkNumber(`${at}.supplementalGroups[${i}]`, id, userID);
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    yield invalid(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  }
  yield* sysctls(`${at}.sysctls`, spec);
  yield* optionalOneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  yield* seccomp(`${at}.seccompProfile`, context.seccompProfile);
  yield* appArmor(`${at}.appArmorProfile`, context.appArmorProfile);
  yield* optionalOneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']);
  yield* optionalOneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']);
}

function* sysctls(field: string, { securityContext, hostNetwork, hostIPC }: PodSpec): Errors {
  const seen = new Set<string>();
  for (const [i, { name }] of (securityContext?.sysctls ?? []).entries()) {
    const at = `${field}[${i}].name`;
    if (!name) yield required(at);
    else if (name.length > 253 || !sysctlFormat.test(name)) yield invalid(at, name, sysctlMessage);
    else if (seen.has(name)) yield duplicate(at, name);
    seen.add(name);
    const dotted = (name ?? '').replaceAll('/', '.');
    if (hostNetwork === true && dotted.startsWith('net.')) yield invalid(at, name, "may not be specified when 'hostNetwork' is true");
    if (hostIPC === true && /^(kernel\.(sem|shm|msg)|fs\.mqueue\.)/.test(dotted)) {
      yield invalid(at, name, "may not be specified when 'hostIPC' is true");
    }
  }
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function* seccomp(field: string, profile: SeccompProfile | undefined): Errors {
  if (profile === undefined) return;
  if (!profile.type) yield required(`${field}.type`, 'type is required when seccompProfile is set');
  else if (!profileTypes.includes(profile.type)) yield notSupported(`${field}.type`, profile.type, profileTypes);
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined) yield required(`${field}.localhostProfile`, 'must be set when seccomp type is Localhost');
    else yield* relativePath(`${field}.localhostProfile`, profile.localhostProfile);
  } else if (profile.localhostProfile !== undefined) {
    yield invalid(`${field}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost');
  }
}

function* appArmor(field: string, profile: AppArmorProfile | undefined): Errors {
  if (profile === undefined) return;
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (local === undefined || local.trim() === '') {
      yield required(`${field}.localhostProfile`, 'must be set when AppArmor type is Localhost');
    } else if (local.trim() !== local) yield invalid(`${field}.localhostProfile`, local, 'must not be padded with whitespace');
  } else if (!profile.type) yield required(`${field}.type`, 'type is required when appArmorProfile is set');
  else if (!profileTypes.includes(profile.type)) yield notSupported(`${field}.type`, profile.type, profileTypes);
  else if (local !== undefined) yield invalid(`${field}.localhostProfile`, local, 'can only be set when AppArmor type is Localhost');
}
