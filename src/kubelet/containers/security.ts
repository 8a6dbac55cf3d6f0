import { join } from 'node:path';
import type { Pod, SeccompProfile } from '../../api/types/core-v1.ts';
import { StartError } from '../context.ts';
import { type AnyContainer, formatPod } from '../pod/pod.ts';
import type { ContainerConfig } from '../runtime/runtime.ts';

/**
 * The container's security context over the pod's (DetermineEffectiveSecurityContext), and the runAsNonRoot check against
 * the image's own user; a Localhost seccomp profile is looked for in `seccompDir`. Throws CreateContainerConfigError.
 */
export function securityOf(pod: Pod, container: AnyContainer, imageUser: string, seccompDir = ''): ContainerConfig['security'] {
  const shared = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) === true) verifyNonRoot(pod, container, runAsUser, imageUser);
  return {
    privileged: own.privileged ?? false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation,
    runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    supplementalGroups: [...new Set([...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])])],
    capabilitiesAdd: own.capabilities?.add ?? [],
    capabilitiesDrop: own.capabilities?.drop ?? [],
    seccompProfile: seccomp(own.seccompProfile ?? shared.seccompProfile, seccompDir),
    unmaskedProc: own.procMount === 'Unmasked',
  };
}

function seccomp(profile: SeccompProfile | undefined, directory: string): ContainerConfig['security']['seccompProfile'] {
  const { type, localhostProfile = '' } = profile ?? {};
  if (type === 'Localhost') return { path: join(directory, localhostProfile) };
  return type === 'RuntimeDefault' || type === 'Unconfined' ? type : undefined;
}

function verifyNonRoot(pod: Pod, { name }: AnyContainer, runAsUser: number | undefined, imageUser: string): void {
  const where = `(pod: ${JSON.stringify(formatPod(pod))}, container: ${name})`;
  const refuse = (text: string): never => {
    throw new StartError('CreateContainerConfigError', `${text} ${where}`);
  };
  if (runAsUser !== undefined) {
    if (runAsUser === 0) refuse("container's runAsUser breaks non-root policy");
    return;
  }
  const [user = ''] = imageUser.split(':');
  if (user === '' || user === '0') refuse('container has runAsNonRoot and image will run as root');
  if (!/^\d+$/.test(user)) refuse(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`);
}
