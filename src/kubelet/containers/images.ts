import { defaultPullPolicy, imageNameProblem } from '../../api/image-name.ts';
import type { ObjectReference, Pod } from '../../api/types/core-v1.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import type { Clock } from '../../util/clock.ts';
import { goDuration } from '../../util/duration.ts';
import { messageOf } from '../../util/errors.ts';
import { type PodState, StartError } from '../context.ts';
import type { ObjectSource } from '../objects.ts';
import { type ContainerRuntime, RuntimeError, type RuntimeImage } from '../runtime/runtime.ts';
import { type Credential, credentialFor } from './pull-secrets.ts';

/** An image of a container or a volume, and what the events about it point at. */
export interface WantedImage {
  image: string;
  pullPolicy: string | undefined;
  about: ObjectReference;
}

export interface ImagePuller {
  /**
   * Makes sure that an image is on the node, by its pull policy. Throws StartError with the waiting reason
   * (ErrImagePull, ImagePullBackOff, ErrImageNeverPull, InvalidImageName, ImageInspectError).
   */
  ensure(state: PodState, wanted: WantedImage): Promise<RuntimeImage | undefined>;
}

/** The kubelet's image manager: events and reasons as upstream's `EnsureImageExists`. */
export function createImagePuller(deps: {
  runtime: ContainerRuntime;
  clock: Clock;
  recorder: EventRecorder;
  objects: ObjectSource;
}): ImagePuller {
  const { runtime, clock, recorder, objects } = deps;
  /** One image is pulled once at a time, whoever asks. */
  const pulling = new Map<string, { startedAt: number; done: Promise<string> }>();
  const failedAt = new WeakMap<PodState, Map<string, { at: number; why: string }>>();

  function pull(pod: Pod, image: string, credential: Credential | undefined): { startedAt: number; done: Promise<string> } {
    const key = `${image} ${credential?.username ?? ''}`;
    const running = pulling.get(key);
    if (running !== undefined) return running;
    const done = runtime.pullImage(image, credential, { annotations: pod.metadata.annotations ?? {} }).finally(() => pulling.delete(key));
    const entry = { startedAt: clock.now(), done };
    pulling.set(key, entry);
    return entry;
  }

  return {
    async ensure(state, { image, pullPolicy, about }) {
      const { pod } = state;
      const event = (type: 'Normal' | 'Warning', reason: string, message: string): void => recorder.event(about, type, reason, message);

      const problem = imageNameProblem(image);
      if (problem !== undefined) {
        const message = `Failed to apply default image tag ${JSON.stringify(image)}: couldn't parse image name ${JSON.stringify(image)}: ${problem}`;
        event('Warning', 'InspectFailed', message);
        throw new StartError('InvalidImageName', message);
      }
      let present: RuntimeImage | undefined;
      try {
        present = await runtime.imageStatus(image);
      } catch (thrown) {
        const message = `Failed to inspect image ${JSON.stringify(image)}: ${messageOf(thrown)}`;
        event('Warning', 'InspectFailed', message);
        throw new StartError('ImageInspectError', message, { cause: thrown });
      }
      const policy = pullPolicy ?? defaultPullPolicy(image);
      if (present !== undefined && policy !== 'Always') {
        event('Normal', 'Pulled', `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`);
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
        event('Warning', 'ErrImageNeverPull', message);
        throw new StartError('ErrImageNeverPull', message);
      }

      const failures = failedAt.get(state) ?? new Map<string, { at: number; why: string }>();
      failedAt.set(state, failures);
      const last = failures.get(image);
      if (last !== undefined && state.pulls.isWaiting(image, last.at)) {
        const message = `Back-off pulling image ${JSON.stringify(image)}`;
        event('Normal', 'BackOff', message);
        throw new StartError('ImagePullBackOff', `${message}: ErrImagePull: ${last.why}`, {
          retryMs: Math.max(1, last.at + state.pulls.delay(image) - clock.now()),
        });
      }

      event('Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
      const askedAt = clock.now();
      try {
        const credential = await credentialFor(pod, image, objects);
        const running = pull(pod, image, credential);
        const id = await running.done;
        const took = goDuration(clock.now() - running.startedAt);
        const waited = goDuration(clock.now() - askedAt);
        const found = await runtime.imageStatus(image).catch(() => undefined);
        event(
          'Normal',
          'Pulled',
          `Successfully pulled image ${JSON.stringify(image)} in ${took} (${waited} including waiting). Image size: ${found?.sizeBytes ?? 0} bytes.`,
        );
        failures.delete(image);
        return found ?? { id, repoTags: [image], repoDigests: [], sizeBytes: 0, user: '' };
      } catch (thrown) {
        const why = messageOf(thrown);
        event('Warning', 'Failed', `Failed to pull image ${JSON.stringify(image)}: ${why}`);
        state.pulls.next(image, clock.now());
        failures.set(image, { at: clock.now(), why });
        const code = thrown instanceof RuntimeError ? thrown.code : undefined;
        throw new StartError(code === 'unavailable' ? 'RegistryUnavailable' : 'ErrImagePull', why, { cause: thrown });
      }
    },
  };
}
