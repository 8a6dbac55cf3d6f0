import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { statusOf } from '../engine/docker-error.ts';

export interface BuildOptions {
  tag: string;
  context: Readable;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  signal?: AbortSignal;
  /** Told of each step as the engine reports it. */
  note?: (text: string) => void;
}

/** One line of the engine's progress stream, as far as it is read. */
interface Progress {
  stream?: string;
  status?: string;
  error?: string;
}

export async function imageExists(docker: Docker, tag: string): Promise<boolean> {
  try {
    await docker.getImage(tag).inspect();
    return true;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw thrown;
  }
}

/** Builds with the engine's own builder; a failure names the step it happened in and its last lines. */
export async function buildImage(docker: Docker, options: BuildOptions): Promise<void> {
  // Sent as one piece: a request that is aborted while a stream feeds it fails in that stream, where nobody listens.
  const context = (await buffer(options.context)) as unknown as NodeJS.ReadableStream;
  options.signal?.throwIfAborted();
  const output = await docker
    .buildImage(context, {
      t: options.tag,
      buildargs: { ...proxyArguments(), ...options.buildArgs },
      labels: { 'dev.shoal.image': 'true', ...options.labels },
      // Package mirrors are reached just as this machine reaches them, whatever the engine's bridges can.
      networkmode: 'host',
      rm: true,
      forcerm: true,
      ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
    })
    .catch((thrown: unknown) => {
      // The engine unpacks the context before it answers, so a full disk can show here already.
      throw options.signal?.aborted === true ? options.signal.reason : buildFailure(options.tag, messageOf(thrown), thrown);
    });
  let step = '';
  const lines: string[] = [];
  await followProgress(docker, output, options.tag, (progress) => {
    const text = progress.stream?.trimEnd() ?? '';
    if (text === '') return;
    if (text.startsWith('Step ')) {
      step = text.split('\n')[0] ?? '';
      options.note?.(step.split(' : ')[0] ?? step);
    }
    lines.push(text);
    if (lines.length > 15) lines.shift();
  }).catch((thrown: unknown) => {
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw buildFailure(options.tag, `${messageOf(thrown)}${step === '' ? '' : ` (at ${step})`}\n${lines.join('\n')}`, thrown);
  });
}

/** Makes an image of one layer out of a root file system's tar. */
export async function importImage(docker: Docker, tag: string, rootfs: Readable): Promise<void> {
  const separator = tag.lastIndexOf(':');
  try {
    const output = await docker.importImage(rootfs, { repo: tag.slice(0, separator), tag: tag.slice(separator + 1) });
    await followProgress(docker, output, tag, () => undefined);
  } catch (thrown) {
    throw buildFailure(tag, messageOf(thrown), thrown);
  }
}

/** Reads a progress stream to its end; an `error` line in it is thrown. */
export async function followProgress(
  docker: Docker,
  output: NodeJS.ReadableStream,
  subject: string,
  on: (progress: Progress) => void,
): Promise<void> {
  // The engine's status is sent before the work begins, so a failure comes as a line, which docker-modem only hands on.
  let refusal: string | undefined;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      output,
      (error: Error | null) => (error === null ? resolve() : reject(new Error(`${subject}: ${messageOf(error)}`, { cause: error }))),
      (progress: Progress) => {
        refusal ??= progress.error;
        on(progress);
      },
    );
  });
  if (refusal !== undefined) throw new Error(refusal);
}

function buildFailure(tag: string, detail: string, cause: unknown): ShoalError {
  if (/no space left on device/i.test(detail)) {
    return new ShoalError('DISK_FULL', `there is no space left to build ${tag}`, {
      next: 'Free some with `docker system prune`, then run this again; nothing half-made was kept.',
      cause,
    });
  }
  return new ShoalError('IMAGE_BUILD_FAILED', `building ${tag} failed: ${detail}`, {
    next: 'Look at the lines above; package mirrors that cannot be reached are the usual reason.',
    cause,
  });
}

/** Docker predefines these as build arguments; they never enter the image. */
function proxyArguments(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
