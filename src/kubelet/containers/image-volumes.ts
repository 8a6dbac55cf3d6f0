import { messageOf } from '../../util/errors.ts';
import { type KubeletContext, type PodState, StartError } from '../context.ts';
import { type AnyContainer, podReference } from '../pod/pod.ts';

/**
 * Pulls and mounts the image volumes that a container uses (KEP-4639). An image that cannot be had keeps the container from
 * starting for the same reason as its own would.
 */
export async function mountImageVolumes(context: KubeletContext, state: PodState, { volumeMounts = [] }: AnyContainer): Promise<void> {
  const used = new Set(volumeMounts.map(({ name }) => name));
  for (const { name, image: source } of state.pod.spec?.volumes ?? []) {
    if (source === undefined || !used.has(name)) continue;
    const wanted = { image: source.reference ?? '', pullPolicy: source.pullPolicy, about: podReference(state.pod) };
    const image = await context.images.ensure(state, wanted);
    try {
      await context.volumes.mountImage(state.uid, name, (directory) => context.runtime.mountImage(image?.id ?? wanted.image, directory));
    } catch (thrown) {
      const problem = `failed to mount image volume ${JSON.stringify(name)}: ${messageOf(thrown)}`;
      throw new StartError('CreateContainerError', problem, { cause: thrown });
    }
  }
}
