import { goDuration } from '../../util/duration.ts';
import { messageOf } from '../../util/errors.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { StartError } from '../context.ts';
import { type AnyContainer, containerReference, formatPod, statusOf } from '../pod/pod.ts';
import type { PodSandbox, RuntimeImage } from '../runtime/runtime.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import type { PodRuntime } from '../runtime-cache.ts';
import { containerConfig, containerHash } from './config.ts';
import type { PodAddresses } from './downward.ts';
import { runHook } from './hooks.ts';
import { mountImageVolumes } from './image-volumes.ts';
import { killContainer } from './stop.ts';

/** How many instances of a container are kept: the present one and the one before it, for `kubectl logs --previous`. */
const kept = 2;
/** Between an ErrImagePull and the ImagePullBackOff that follows it: upstream's workers look again after about that long. */
const showBackOffMs = 5_000;
const imageErrors: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
]);
/** Before another try at what failed for any other reason (the pod workers' back-off period). */
const retryMs = 10_000;

/**
 * Pulls, creates and starts one container, its back-off permitting. What keeps it from starting goes into `state.failures`,
 * as its waiting state shows it. Resolves to the milliseconds after which to look again, undefined when it runs.
 */
export async function startContainer(
  context: KubeletContext,
  state: PodState,
  container: AnyContainer,
  where: { sandbox: PodSandbox; runtime: PodRuntime; addresses: PodAddresses },
): Promise<number | undefined> {
  const { clock, recorder } = context;
  const { pod, failures } = state;
  const about = containerReference(pod, container.name);
  const instances = where.runtime.containers.filter(({ name }) => name === container.name);
  const ended = instances.find((one) => one.state === 'exited');
  if (ended !== undefined) {
    const since = ended.finishedAt ?? ended.createdAt;
    // Another image is another program, which has not failed yet.
    const key = containerHash(container);
    if (state.restarts.isWaiting(key, since)) {
      const wait = state.restarts.delay(key);
      recorder.event(about, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`);
      const message = `back-off ${goDuration(wait)} restarting failed container=${container.name} pod=${formatPod(pod)}`;
      failures.set(container.name, { reason: 'CrashLoopBackOff', message });
      return Math.max(1, since + wait - clock.now());
    }
    state.restarts.next(key, since);
  }
  try {
    await start();
    failures.delete(container.name);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof StartError)) throw thrown;
    const { reason, message } = thrown;
    failures.set(container.name, { reason, message });
    // Of an image, the error's name says it all: its own event has told the rest.
    const shown = imageErrors.has(reason) ? reason : message;
    if (reason !== 'PostStartHookError') recorder.event(about, 'Warning', 'Failed', `Error: ${shown}`);
    if (reason === 'ErrImagePull') return showBackOffMs;
    // An image may come by another way meanwhile (`shoal load`): looked for as often as any other failure.
    return Math.min(retryMs, thrown.retryMs ?? retryMs);
  }

  async function start(): Promise<void> {
    const wanted = { image: container.image ?? '', pullPolicy: container.imagePullPolicy, about };
    const image = await context.images.ensure(state, wanted);
    await mountImageVolumes(context, state, container);
    const attempt = attemptOf(state, container.name, instances[0]?.attempt);
    const id = await create(image, attempt);
    state.actuated.set(id, container.resources ?? {});
    recorder.event(about, 'Normal', 'Created', 'Container created');
    for (const old of instances.slice(kept - 1)) {
      await context.runtime.removeContainer(old.id);
      state.actuated.delete(old.id);
    }
    try {
      await context.runtime.startContainer(id);
    } catch (thrown) {
      throw new StartError('RunContainerError', messageOf(thrown), { cause: thrown });
    }
    recorder.event(about, 'Normal', 'Started', 'Container started');
    const hook = container.lifecycle?.postStart;
    if (hook === undefined) return;
    try {
      await runHook(context, hook, { containerId: id, container, pod, podIP: where.addresses.podIPs[0] ?? '', signal: state.ending });
    } catch (thrown) {
      if (state.ending.aborted) return;
      // What it said may hold secrets, and events are read by many.
      recorder.event(about, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
      await killContainer(context, state, { id, name: container.name }, { message: 'FailedPostStartHook' });
      throw new StartError('PostStartHookError', messageOf(thrown), { cause: thrown });
    }
  }

  async function create(image: RuntimeImage | undefined, attempt: number): Promise<string> {
    const config = await containerConfig(context, state, container, { attempt, image, addresses: where.addresses });
    const target = 'targetContainerName' in container ? (container.targetContainerName ?? '') : '';
    if (target !== '') {
      const found = where.runtime.containers.find(({ name }) => name === target);
      if (found === undefined) throw new StartError('CreateContainerConfigError', `unable to find target container ${target}`);
      config.targetContainerId = found.id;
    }
    try {
      return await context.runtime.createContainer(where.sandbox.id, config);
    } catch (thrown) {
      const reason = thrown instanceof RuntimeError && thrown.code === 'image-not-found' ? 'ErrImageNeverPull' : 'CreateContainerError';
      throw new StartError(reason, messageOf(thrown), { cause: thrown });
    }
  }
}

/** A container's restart count: one more than its newest instance; where the runtime forgot that, than what the API has. */
function attemptOf({ status }: PodState, name: string, newest: number | undefined): number {
  if (newest !== undefined) return newest + 1;
  const old = statusOf(status, name);
  return old?.containerID === undefined || old.containerID === '' ? (old?.restartCount ?? 0) : old.restartCount + 1;
}
