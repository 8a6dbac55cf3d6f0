import { quantityToNumber } from '../../api/quantity.ts';
import type { Pod, VolumeMount } from '../../api/types/core-v1.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { StartError } from '../context.ts';
import { type AnyContainer, isSidecar, roleOf } from '../pod/pod.ts';
import type { ContainerConfig, Device, Mount, RuntimeImage } from '../runtime/runtime.ts';
import { runtimeLabels } from '../runtime/runtime.ts';
import type { PodAddresses } from './downward.ts';
import { environmentOf } from './env.ts';
import { expand } from './expand.ts';
import { hostsPath, seccompDir, terminationPath } from './paths.ts';
import { resourcesOf } from './resources.ts';
import { securityOf } from './security.ts';

/** Annotations of a container in the runtime; the names are dockershim's. */
export const containerAnnotations = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  /** `true` for what is meant to end by itself: init containers and those of a Job. The simulated runtime goes by it. */
  runsToEnd: 'shoal.dev/runs-to-end',
} as const;

/** What, when it changes, has a container made anew: its image (other fields are immutable or resized in place). */
export const containerHash = (container: AnyContainer): string => `${container.name}@${container.image ?? ''}`;

export const defaultTerminationPath = '/dev/termination-log';

/**
 * All that the runtime needs to make a container. Throws StartError with CreateContainerConfigError (or the reason of the
 * part that failed).
 */
export async function containerConfig(
  context: KubeletContext,
  state: PodState,
  container: AnyContainer,
  facts: { attempt: number; image: RuntimeImage | undefined; addresses: PodAddresses },
): Promise<ContainerConfig> {
  const { pod } = state;
  const security = securityOf(pod, container, facts.image?.user ?? '', seccompDir(context.podsDir ?? ''));
  const variables = await environmentOf(context, pod, container, facts.addresses);
  const lookup = (name: string): string | undefined => variables.get(name);
  const all = (texts: string[] | undefined): string[] | undefined =>
    texts === undefined || texts.length === 0 ? undefined : texts.map((text) => expand(text, lookup));
  return {
    name: container.name,
    attempt: facts.attempt,
    image: container.image ?? '',
    command: all(container.command),
    args: all(container.args),
    workingDir: container.workingDir === '' ? undefined : container.workingDir,
    env: [...variables].map(([name, value]) => ({ name, value })),
    devices: devicesOf(context, state, container),
    mounts: await mountsOf(context, state, container, facts.attempt, lookup),
    labels: {
      [runtimeLabels.podName]: pod.metadata.name ?? '',
      [runtimeLabels.podNamespace]: pod.metadata.namespace ?? '',
      [runtimeLabels.podUid]: state.uid,
      [runtimeLabels.containerName]: container.name,
    },
    annotations: {
      [containerAnnotations.hash]: containerHash(container),
      [containerAnnotations.restartCount]: String(facts.attempt),
      ...(runsToEnd(pod, container) ? { [containerAnnotations.runsToEnd]: 'true' } : {}),
    },
    tty: container.tty ?? false,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    resources: resourcesOf(pod, container, quantityToNumber(context.capacity['memory'])),
    security,
    stopSignal: container.lifecycle?.stopSignal,
    terminationMessagePath: container.terminationMessagePath ?? defaultTerminationPath,
  };
}

const runsToEnd = (pod: Pod, container: AnyContainer): boolean =>
  roleOf(pod, container.name) === 'init'
    ? !isSidecar(container)
    : (pod.metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Job' && controller === true) ?? false);

/** Volumes of mode Block are devices to a container. Nothing is one on a simulated node. */
function devicesOf(context: KubeletContext, { uid }: PodState, { name: container, volumeDevices = [] }: AnyContainer): Device[] {
  if (context.podsDir === undefined) return [];
  return volumeDevices.map(({ name, devicePath }) => {
    const volume = context.volumes.mounted(uid, name);
    if (volume === undefined) throw notMounted(name, container);
    return { hostPath: volume.path, containerPath: devicePath, readOnly: volume.readOnly };
  });
}

const notMounted = (volume: string, container: string): StartError =>
  new StartError(
    'CreateContainerConfigError',
    `cannot find volume ${JSON.stringify(volume)} to mount into container ${JSON.stringify(container)}`,
  );

const propagations = { None: 'None', HostToContainer: 'HostToContainer', Bidirectional: 'Bidirectional' } as const;

async function mountsOf(
  context: KubeletContext,
  { uid, pod }: PodState,
  container: AnyContainer,
  attempt: number,
  lookup: (name: string) => string | undefined,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  if (context.podsDir === undefined) return mounts;
  for (const wanted of container.volumeMounts ?? []) {
    const volume = context.volumes.mounted(uid, wanted.name);
    if (volume === undefined) throw notMounted(wanted.name, container.name);
    const subPath =
      wanted.subPathExpr === undefined || wanted.subPathExpr === '' ? wanted.subPath : expandStrictly(wanted.subPathExpr, lookup);
    mounts.push({
      hostPath: subPath === undefined || subPath === '' ? volume.path : await context.volumes.subPath(uid, wanted.name, subPath),
      containerPath: wanted.mountPath.startsWith('/') ? wanted.mountPath : `/${wanted.mountPath}`,
      readOnly: wanted.readOnly === true || volume.readOnly,
      recursiveReadOnly: isRecursivelyReadOnly(wanted),
      propagation: propagations[(wanted.mountPropagation ?? 'None') as keyof typeof propagations] ?? 'None',
    });
  }
  const taken = (path: string): boolean => mounts.some(({ containerPath }) => containerPath === path);
  if (!taken('/etc/hosts')) {
    mounts.push({
      hostPath: hostsPath(context.podsDir, uid),
      containerPath: '/etc/hosts',
      readOnly: false,
      recursiveReadOnly: false,
      propagation: 'None',
    });
  }
  const messagePath = container.terminationMessagePath ?? defaultTerminationPath;
  if (messagePath !== '' && !taken(messagePath)) {
    mounts.push({
      hostPath: await terminationPath(context.podsDir, pod, container.name, attempt),
      containerPath: messagePath,
      readOnly: false,
      recursiveReadOnly: false,
      propagation: 'None',
    });
  }
  return mounts;
}

/** KEP-3857; where it is possible at all, `IfPossible` is `Enabled`. */
export const isRecursivelyReadOnly = ({ readOnly, recursiveReadOnly }: VolumeMount): boolean =>
  readOnly === true && (recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible');

function expandStrictly(text: string, lookup: (name: string) => string | undefined): string {
  let missing: string | undefined;
  const expanded = expand(text, (name) => {
    const value = lookup(name);
    if (value === undefined) missing ??= name;
    return value;
  });
  if (missing !== undefined) throw new StartError('CreateContainerConfigError', `missing value for ${JSON.stringify(missing)}`);
  if (expanded.startsWith('/') || expanded.split('/').includes('..')) {
    throw new StartError('CreateContainerConfigError', `error SubPath \`${expanded}\` must not be an absolute path or contain '..'`);
  }
  return expanded;
}
