import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import type { Clock } from '../../util/clock.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { hashOf } from './context.ts';
import { followProgress, imageExists, importImage } from './engine-images.ts';

const suite = 'trixie';
const published = `debian:${suite}-slim`;
/** A registry that is there answers well within this; without one the packages are the faster way. */
const pullPatienceMs = 20_000;
const exec = promisify(execFile);

const recipe = [
  '--variant=minbase',
  '--format=tar',
  ...['doc', 'man', 'info', 'locale'].map((part) => `--dpkgopt=path-exclude=/usr/share/${part}/*`),
];

export const baseTag = (): string => `shoal/base:${hashOf({}, suite, ...recipe)}`;

/** Makes the Debian base present under {@link baseTag}; see images/base/README.md. */
export async function ensureBase(
  docker: Docker,
  options: { clock: Clock; signal?: AbortSignal; note: (text: string) => void },
): Promise<string> {
  const tag = baseTag();
  if (await imageExists(docker, tag)) return tag;
  if ((await imageExists(docker, published)) || (await pulled(docker, options))) {
    const separator = tag.lastIndexOf(':');
    await docker.getImage(published).tag({ repo: tag.slice(0, separator), tag: tag.slice(separator + 1) });
    return tag;
  }
  await bootstrap(docker, tag, options);
  return tag;
}

/** Whether the published image could be pulled in time; why not is told as a note and is no failure. */
async function pulled(
  docker: Docker,
  { clock, signal, note }: { clock: Clock; signal?: AbortSignal; note: (text: string) => void },
): Promise<boolean> {
  note(`pulling ${published}`);
  const enough = new AbortController();
  const patience = clock.after(pullPatienceMs, () => enough.abort(new Error(`no answer within ${pullPatienceMs / 1000} s`)));
  const abortSignal = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  try {
    const output = await docker.pull(published, { abortSignal });
    // Once layers flow the patience is over: a slow line is still a registry.
    await followProgress(docker, output, published, () => patience.cancel());
    return true;
  } catch (thrown) {
    if (signal?.aborted === true) throw signal.reason;
    note(`${published} cannot be pulled (${messageOf(thrown)}); making the base from Debian packages`);
    return false;
  } finally {
    patience.cancel();
  }
}

/** Streams mmdebstrap's tar into the engine while it is being made. */
async function bootstrap(docker: Docker, tag: string, options: { signal?: AbortSignal; note: (text: string) => void }): Promise<void> {
  await ensureMmdebstrap(options);
  options.note(`making a minimal Debian ${suite} with mmdebstrap`);
  const child = spawn('mmdebstrap', [...recipe, '--quiet', ...(await keyring()), suite, '-', await mirror()], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const complaint = text(child.stderr);
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  // The engine imports whatever it was sent before the tar broke off, so a failed run's result has to go again.
  const [code] = await Promise.all([exit, importImage(docker, tag, child.stdout)]).catch(async (thrown: unknown) => {
    child.kill();
    await docker
      .getImage(tag)
      .remove()
      .catch(() => undefined);
    throw options.signal?.aborted === true ? options.signal.reason : thrown;
  });
  if (code === 0) return;
  await docker
    .getImage(tag)
    .remove()
    .catch(() => undefined);
  throw new ShoalError(
    'IMAGE_BUILD_FAILED',
    `mmdebstrap ended with code ${code}: ${(await complaint).trim().split('\n').slice(-8).join('\n')}`,
    {
      next: `Check that ${await mirror()} can be reached, or make ${published} available to the engine.`,
    },
  );
}

async function ensureMmdebstrap({ note }: { note: (text: string) => void }): Promise<void> {
  if (await succeeds('mmdebstrap', ['--version'])) return;
  const next = `Install mmdebstrap, or make ${published} available to the engine (docker pull or docker load).`;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !(await succeeds('apt-get', ['--version']))) {
    throw new ShoalError(
      'IMAGE_BUILD_FAILED',
      `the engine cannot pull ${published}, and mmdebstrap is not installed to make it from packages`,
      { next },
    );
  }
  note('installing mmdebstrap');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    const install = (): Promise<unknown> =>
      exec('apt-get', ['-q', 'install', '-y', '--no-install-recommends', 'mmdebstrap', 'debian-archive-keyring'], { env });
    await install().catch(async () => {
      await exec('apt-get', ['-q', 'update'], { env });
      await install();
    });
  } catch (cause) {
    throw new ShoalError('IMAGE_BUILD_FAILED', `mmdebstrap could not be installed: ${messageOf(cause)}`, { next, cause });
  }
}

/** The mirror that this machine's apt takes Debian from; the project's own where apt does not say. */
async function mirror(): Promise<string> {
  const fallback = 'http://deb.debian.org/debian';
  try {
    const { stdout } = await exec('apt-get', [
      'indextargets',
      '--format',
      '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(SITE)',
      'Created-By: Packages',
    ]);
    const line = stdout.split('\n').find((each) => each.startsWith('Debian|Debian|main|'));
    return line?.split('|')[3] ?? fallback;
  } catch {
    return fallback;
  }
}

/** Debian's keys, where apt would look for others first (Ubuntu); nothing to add when the package is absent. */
async function keyring(): Promise<string[]> {
  const path = '/usr/share/keyrings/debian-archive-keyring.gpg';
  return (await succeeds('test', ['-r', path])) ? [`--keyring=${path}`] : [];
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return exec(command, args).then(
    () => true,
    () => false,
  );
}
