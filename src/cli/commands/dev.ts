import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { withAdmin } from '../../cluster/access.ts';

import { dockerDriver } from '../../cluster/docker/docker-driver.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { type CliContext, type GlobalOptions, withCluster } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

interface DevFlags extends GlobalOptions {
  name?: string;
  file?: string;
  build?: string;
  once?: boolean;
}

/** `shoal dev IMAGE [DIRECTORY]`: on every change builds, loads what is new, and restarts what uses it. */
export async function dev(cli: CliContext, image: string, directory: string, flags: DevFlags): Promise<void> {
  const [{ refresh }, { restartUsers }, { watchContext }] = await Promise.all([
    import('../../cluster/dev/dev.ts'),
    import('../../cluster/dev/workloads.ts'),
    import('../../cluster/dev/changes.ts'),
  ]);
  const folder = resolve(directory);
  const say = (text: string): void => void cli.stderr.write(`shoal: ${text}\n`);
  // Quiet: the build writes to the terminal itself.
  await withCluster(cli, { ...flags, quiet: true }, async (context) => {
    const driver = dockerDriver(async () => context);
    const cluster = await existingCluster(cli, driver, flags.name);
    const access = await driver.access(cluster);
    await withAdmin(cli, access, async (client) => {
      const steps = {
        build: () => build(cli, image, folder, flags),
        imageId: async () => (await context.source.inspect(image))?.id,
        load: () => driver.load(cluster, [image]),
        restart: () => restartUsers(client, cli.clock, image),
      };
      const options = { image, steps, clock: cli.clock, say };
      let id: string | undefined;
      const turn = async (): Promise<void> => {
        id = await refresh(options, id);
      };
      if (flags.once === true) {
        await turn();
        return;
      }
      // Before the first build: what changes while it runs counts.
      const changes = await watchContext(folder, cli);
      await turn().catch(survivable(say, cli.signal));
      say(`watching ${folder}; Ctrl-C ends it`);
      for await (const paths of changes) {
        say(`${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''} changed`);
        await turn().catch(survivable(say, cli.signal));
      }
    });
  });
}

/** A build that fails is the next thing to mend, not the end. */
const survivable =
  (say: (text: string) => void, signal: AbortSignal) =>
  (thrown: unknown): void => {
    if (signal.aborted) return;
    say(messageOf(thrown));
  };

async function build(cli: CliContext, image: string, folder: string, { build: command, file }: DevFlags): Promise<void> {
  const [program, args, shell] =
    command === undefined
      ? ['docker', ['build', '-t', image, ...(file === undefined ? [] : ['-f', file]), folder], false]
      : [command, [], true];
  const child = spawn(program as string, args as string[], {
    shell: shell as boolean,
    cwd: folder,
    env: { ...cli.env, SHOAL_IMAGE: image },
    // What the build says is progress, wherever it says it.
    stdio: ['ignore', process.stderr, process.stderr],
    signal: cli.signal,
  });
  const code = await new Promise<number | null>((done, fail) => child.once('exit', done).once('error', fail)).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      const next = 'Install the docker command, or give another build with --build.';
      throw new ShoalError('IMAGE_BUILD_FAILED', `there is no ${String(program)} to build with`, { next, cause });
    },
  );
  if (code === 0) return;
  const next = 'Its output is above; the next change builds again.';
  throw new ShoalError('IMAGE_BUILD_FAILED', `the build ended with exit code ${code ?? 'none'}; what runs is left as it is`, { next });
}

export const registerDev: Register = (program, cli) => {
  const command = program
    .command('dev')
    .description('on every change of a directory: build its image, load the new layers, restart what uses it')
    .argument('<image>', 'the image that workloads name, such as my-app:dev')
    .argument('[directory]', 'the build context', '.')
    .option('-f, --file <dockerfile>', 'as in docker build')
    .option('--build <command>', 'what builds the image instead of docker build; $SHOAL_IMAGE is its name')
    .option('--once', 'build, load and restart, and do not watch')
    .option('--name <name>', existingClusterHelp);
  command.addHelpText(
    'after',
    '\nExamples:\n  shoal dev my-app:dev\n  shoal dev my-app:dev services/app --build "make image"\n  shoal dev my-app:dev --once\n',
  );
  command.action((image: string, directory: string) => dev(cli, image, directory, command.optsWithGlobals<DevFlags>()));
};
