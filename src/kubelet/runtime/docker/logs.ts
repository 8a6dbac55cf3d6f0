import { PassThrough, Readable } from 'node:stream';
import type { LogOptions } from '../runtime.ts';
import { type DockerContext, isMissing, runtimeError } from './context.ts';

/** Docker's `since`: seconds with nine decimals. */
const dockerTime = (ms: number): string => `${Math.floor(ms / 1000)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}000000`;

export function logs(context: DockerContext) {
  const { docker } = context;
  return async (id: string, options: LogOptions): Promise<Readable> => {
    const container = docker.getContainer(id);
    const common = {
      stdout: true,
      stderr: true,
      timestamps: options.timestamps,
      ...(options.tailLines === undefined ? {} : { tail: options.tailLines }),
      ...(options.since === undefined ? {} : { since: dockerTime(options.since) as unknown as number }),
    };
    try {
      const tty = (await container.inspect()).Config.Tty;
      const source: Readable = options.follow
        ? ((await container.logs({ ...common, follow: true })) as unknown as Readable)
        : Readable.from([await container.logs({ ...common, follow: false })]);
      const stop = (): void => void source.destroy();
      options.signal.addEventListener('abort', stop, { once: true });
      const out = new PassThrough();
      const finish = (): void => {
        options.signal.removeEventListener('abort', stop);
        out.end();
      };
      source.once('end', finish);
      source.once('close', finish);
      source.once('error', (failure) => out.destroy(options.signal.aborted ? undefined : failure));
      out.once('close', stop);
      if (tty) source.pipe(out, { end: false });
      else docker.modem.demuxStream(source, out, out);
      return out;
    } catch (failure) {
      throw runtimeError(isMissing(failure) ? 'not-found' : 'unavailable', failure);
    }
  };
}
