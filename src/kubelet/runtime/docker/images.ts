import type Dockerode from 'dockerode';
import { RuntimeError, type RuntimeImage } from '../runtime.ts';
import { type DockerContext, engineMessage, isInConflict, isMissing, runtimeError } from './context.ts';

const usable = (names: string[] | undefined | null): string[] => (names ?? []).filter((name) => !name.startsWith('<none>'));

const imageOf = (found: Dockerode.ImageInspectInfo): RuntimeImage => ({
  id: found.Id,
  repoTags: usable(found.RepoTags),
  repoDigests: usable(found.RepoDigests),
  sizeBytes: found.Size,
  user: found.Config?.User ?? '',
});

/** `nginx` means `nginx:latest`; a digest or a tag stands as it is. */
const withTag = (image: string): string => (image.includes('@') || /:[^/]+$/.test(image) ? image : `${image}:latest`);

export function images(context: DockerContext) {
  const { docker } = context;

  async function status(image: string): Promise<RuntimeImage | undefined> {
    try {
      return imageOf(await docker.getImage(image).inspect());
    } catch (failure) {
      if (isMissing(failure)) return undefined;
      if (/invalid reference format/.test(engineMessage(failure))) throw runtimeError('invalid-image-name', failure);
      throw runtimeError('unavailable', failure);
    }
  }

  return {
    status,
    async list(): Promise<RuntimeImage[]> {
      try {
        const found = await docker.listImages();
        return found.map((one) => ({
          id: one.Id,
          repoTags: usable(one.RepoTags),
          repoDigests: usable(one.RepoDigests),
          sizeBytes: one.Size,
          user: '',
        }));
      } catch (failure) {
        throw runtimeError('unavailable', failure);
      }
    },
    async pull(image: string, auth?: { username: string; password: string }): Promise<string> {
      try {
        const progress = await docker.pull(withTag(image), auth === undefined ? {} : { authconfig: { ...auth, serveraddress: '' } });
        // A pull that fails after it began says so in a line, which docker-modem only hands on.
        let refusal: string | undefined;
        await new Promise<void>((resolve, reject) => {
          docker.modem.followProgress(
            progress,
            (failure) => (failure === null || failure === undefined ? resolve() : reject(failure)),
            (line: { error?: string }) => {
              refusal ??= line.error;
            },
          );
        });
        if (refusal !== undefined) throw new Error(refusal);
      } catch (failure) {
        if (/invalid reference format/.test(engineMessage(failure))) throw runtimeError('invalid-image-name', failure);
        throw runtimeError('pull-failed', failure);
      }
      const found = await status(image);
      if (found === undefined) throw new RuntimeError('pull-failed', `image ${image} is not there after it was pulled`);
      return found.id;
    },
    async remove(image: string): Promise<void> {
      await docker
        .getImage(image)
        .remove()
        .catch((failure: unknown) => {
          if (!isMissing(failure) && !isInConflict(failure)) throw runtimeError('unavailable', failure);
        });
    },
  };
}
