import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tar from 'tar-stream';
import { type DockerContext, isMissing } from './context.ts';

/**
 * The image of the sandbox container, made from one static program of the node so that nothing is pulled. The tag carries
 * the program's hash. Returns the image name; concurrent callers share one import.
 */
export function pauseImage(context: DockerContext): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= importOnce(context).catch((failure: unknown) => {
      made = undefined;
      throw failure;
    });
    return made;
  };
}

async function importOnce({ docker, pauseProgram }: DockerContext): Promise<string> {
  const program = await readFile(pauseProgram);
  const tag = createHash('sha256').update(program).digest('hex').slice(0, 12);
  const name = `shoal/pause:${tag}`;
  try {
    await docker.getImage(name).inspect();
    return name;
  } catch (failure) {
    if (!isMissing(failure)) throw failure;
  }
  const archive = tar.pack();
  archive.entry({ name: 'pause', mode: 0o755 }, program);
  archive.finalize();
  const progress = await docker.importImage(archive as unknown as NodeJS.ReadableStream, {
    repo: 'shoal/pause',
    tag,
    changes: 'ENTRYPOINT ["/pause","-P"]',
  });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress as NodeJS.ReadableStream, (failure) =>
      failure === null || failure === undefined ? resolve() : reject(failure),
    );
  });
  return name;
}
