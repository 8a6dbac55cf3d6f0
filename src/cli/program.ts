import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { registerChaos } from './commands/chaos.ts';
import { registerCi } from './commands/ci.ts';
import { registerClassroom } from './commands/classroom.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDash } from './commands/dash.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDev } from './commands/dev.ts';
import { registerDialects } from './commands/dialects.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDown } from './commands/down.ts';
import { registerEngine } from './commands/engine.ts';
import { registerExport } from './commands/export.ts';
import { registerExpose } from './commands/expose.ts';
import { registerKubeconfig } from './commands/kubeconfig.ts';
import { registerLesson } from './commands/lesson.ts';
import { registerList } from './commands/list.ts';
import { registerLoad } from './commands/load.ts';
import { registerNode } from './commands/node.ts';
import { registerOpen } from './commands/open.ts';
import { registerReset } from './commands/reset.ts';
import { registerSnapshot } from './commands/snapshot.ts';
import { registerStatus } from './commands/status.ts';
import { registerStart, registerStop } from './commands/stop-start.ts';
import { registerTimeline } from './commands/timeline.ts';
import { registerTtl } from './commands/ttl.ts';
import { registerUp } from './commands/up.ts';
import { registerWhy } from './commands/why.ts';
import type { CliContext } from './context.ts';

/** Every verb, in the order in which `--help` lists them. */
const verbs = [
  registerDemo,
  registerUp,
  registerDown,
  registerList,
  registerStatus,
  registerDash,
  registerOpen,
  registerWhy,
  registerExpose,
  registerReset,
  registerTimeline,
  registerSnapshot,
  registerTtl,
  registerStop,
  registerStart,
  registerKubeconfig,
  registerLoad,
  registerDev,
  registerNode,
  registerChaos,
  registerLesson,
  registerClassroom,
  registerCi,
  registerEngine,
  registerDoctor,
  registerExport,
  registerCompletion,
  registerDialects,
] as const;

export function createProgram(cli: CliContext): Command {
  const program = new Command('shoal')
    .description('A Kubernetes-compatible, multi-node cluster in Docker containers on this machine.')
    .version(manifest.version)
    .option('-q, --quiet', 'no progress on stderr')
    .option('-v, --verbose', 'say more on stderr, and where failures come from')
    .configureOutput({ writeOut: (text) => void cli.stdout.write(text), writeErr: (text) => void cli.stderr.write(text) })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('Run `shoal --help` for the commands, or `shoal COMMAND --help` for the flags of one.')
    .addHelpText(
      'after',
      '\nFirst steps:\n  shoal demo               a cluster with a website that answers\n  shoal up && kubectl get nodes\n',
    );
  for (const register of verbs) register(program, cli);
  inherit(program);
  return program;
}

/** Settings of the program hold for every command below it: none may exit by itself or write elsewhere. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
