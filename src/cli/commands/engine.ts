import type { Engine } from '../../cluster/engine/connect.ts';
import { engineStatus, installEngine, startEngine } from '../../cluster/engine/engine.ts';
import { confirm } from '../confirm.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import type { Register } from './command.ts';

interface EngineFlags extends GlobalOptions {
  output?: string;
  yes?: boolean;
}

async function status(cli: CliContext, flags: EngineFlags): Promise<void> {
  const found = await engineStatus();
  if (outputFormat(flags.output) === 'json') {
    printJson(cli, found);
    return;
  }
  const row = found.state === 'running' ? [found.host, found.source, found.state, found.version] : ['', '', found.state, found.detail];
  cli.stdout.write(table(['ENDPOINT', 'FROM', 'STATE', 'VERSION'], [row]));
}

const versionOf = async ({ docker }: Engine): Promise<string> => (await docker.version()).Version;

export const registerEngine: Register = (program, cli) => {
  const note = (text: string): void => void cli.stderr.write(`${text}\n`);
  const engine = program.command('engine').description('look at, start or install the Docker engine that clusters run on');
  const looking = engine
    .command('status')
    .description('which engine is in use, and whether it answers')
    .option('-o, --output <format>', 'json')
    .addHelpText('after', '\nExamples:\n  shoal engine status\n');
  looking.action(() => status(cli, looking.optsWithGlobals<EngineFlags>()));
  engine
    .command('start')
    .description('start the engine that is installed on this machine (Linux, as root)')
    .addHelpText('after', '\nExamples:\n  shoal engine start\n')
    .action(async () => {
      const running = await engineStatus();
      if (running.state === 'running') cli.stdout.write(`The engine runs already (${running.version}).\n`);
      else cli.stdout.write(`The engine runs (${await versionOf(await startEngine({ clock: cli.clock, note }))}).\n`);
    });
  const installing = engine
    .command('install')
    .description("install and start Debian's docker.io (as root)")
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  shoal engine install --yes\n');
  installing.action(async () => {
    const flags = installing.optsWithGlobals<EngineFlags>();
    const ask = flags.yes === true ? async () => true : (question: string) => confirm(cli, question);
    const installed = await installEngine({ clock: cli.clock, note, confirm: ask });
    cli.stdout.write(`The engine is installed and runs (${await versionOf(installed)}).\n`);
  });
};
